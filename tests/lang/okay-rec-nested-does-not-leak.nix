let x = 1; in rec { y = { x = 2; }; z = x; }
