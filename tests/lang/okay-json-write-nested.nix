builtins.toJSON { z = [ 1 [ 2 { y = null; } ] ]; a = { "x y" = "\n"; }; }
