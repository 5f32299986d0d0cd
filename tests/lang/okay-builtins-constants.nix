[ builtins.true builtins.false builtins.null true false null builtins.langVersion builtins.storeDir (builtins.isString builtins.nixVersion) ]
