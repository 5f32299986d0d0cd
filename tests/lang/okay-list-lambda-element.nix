map (f: f 2) [ (x: x) (x: x * x) builtins.toString ]
