let f = x: x; in [ (f == f) ((x: x) == (x: x)) (builtins.length == builtins.length) ([ f ] == [ f ]) ({ a = f; } == { a = f; }) ]
