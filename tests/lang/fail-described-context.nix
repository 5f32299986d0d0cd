builtins.head (builtins.toFile "x" "y")
