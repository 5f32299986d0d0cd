rec { a = 1; b = a; c = rec { d = b; }; }
