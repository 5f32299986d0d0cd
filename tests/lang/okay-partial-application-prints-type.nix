map builtins.typeOf [ (builtins.add 1) (builtins.foldl' (a: b: a)) { __functor = s: s; } ]
