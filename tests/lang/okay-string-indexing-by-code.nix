let at = s: n: builtins.substring n 1 s; in map (at "hello") [ 0 4 5 ]
