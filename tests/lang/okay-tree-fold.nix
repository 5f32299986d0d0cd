let sum = t: if builtins.isList t then builtins.foldl' (a: b: a + sum b) 0 t else t; in sum [ 1 [ 2 [ 3 ] ] [ [ 4 ] ] ]
