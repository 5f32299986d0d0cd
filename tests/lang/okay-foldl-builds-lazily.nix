(builtins.foldl' (acc: x: { n = x; prev = acc; }) null [ 1 2 3 ]).prev.n
