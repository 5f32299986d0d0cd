[ (builtins.stringLength { outPath = "abc"; }) (builtins.substring 0 1 { outPath = "abc"; }) (builtins.concatStringsSep "," [ { outPath = "x"; } "y" ]) (builtins.hasContext "x") ]
