[ (builtins.add 1 2) (builtins.sub 1 2) (builtins.mul 3 4) (builtins.div 9 2) (builtins.add 1.5 2) (builtins.div 1 4.0) ]
