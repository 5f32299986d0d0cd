let p = { outPath = "/store/p"; }; in [ "${p}" "${p}/bin" (p + "/lib") ("a" + p) (builtins.stringLength p) (baseNameOf p) (dirOf p) ]
