map (i: builtins.substring i 2 "abcde") [ 0 1 3 4 5 ]
