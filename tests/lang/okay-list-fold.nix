[ (builtins.foldl' (a: b: a + b) 0 [ 1 2 3 ]) (builtins.foldl' (a: b: a + b) "" [ "a" "b" ]) (builtins.foldl' (a: b: throw "x") 5 [ ]) (builtins.foldl' (a: b: b) (throw "unused") [ 1 ]) ]
