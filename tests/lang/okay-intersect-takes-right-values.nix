builtins.intersectAttrs { b = 0; a = 0; z = 0; } { a = 1; b = 2; c = 3; }
