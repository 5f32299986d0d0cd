let xs = [ 1 ys ]; ys = [ 2 xs ]; in builtins.head (builtins.elemAt (builtins.elemAt xs 1) 1)
