[ (builtins.isString builtins.currentSystem) (builtins.isInt builtins.currentTime) (builtins.isList builtins.nixPath) ]
