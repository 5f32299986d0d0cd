builtins.stringLength (builtins.concatStringsSep "" (builtins.genList (x: "0123456789") 1000))
