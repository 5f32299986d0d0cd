map (f: f 3) [ (x: x + 1) (x: x * x) (builtins.sub 10) (builtins.genList (i: i)) ]
