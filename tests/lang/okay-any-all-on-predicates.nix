[ (builtins.any builtins.isString [ 1 "a" ]) (builtins.all builtins.isInt [ 1 2 ]) (builtins.any builtins.isNull [ ]) ]
