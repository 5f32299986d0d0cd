[ (builtins.getEnv "HARDPAN_NO_SUCH_VARIABLE") (builtins.isString (builtins.getEnv "PATH")) ]
