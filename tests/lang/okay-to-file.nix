let f = builtins.toFile "name" "content"; in [ f (builtins.hasContext f) ]
