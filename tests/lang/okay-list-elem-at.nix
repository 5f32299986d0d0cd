map (builtins.elemAt [ "a" "b" "c" ]) [ 0 1 2 ]
