builtins.foldl' (a: b: b) 0 [ (throw "strict") 1 ]
