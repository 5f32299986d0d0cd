rec { s = { x = 5; }; y = with s; x + 1; }
