[ (builtins ? map) (builtins.builtins ? map) (builtins.isFunction __add) (__length [ 1 2 ]) ]
