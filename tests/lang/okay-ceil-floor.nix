map (f: map f [ 1.5 (-1.5) 2.0 3 0.1 (-0.1) ]) [ builtins.ceil builtins.floor ]
