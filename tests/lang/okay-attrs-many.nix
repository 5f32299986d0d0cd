let s = builtins.listToAttrs (builtins.genList (n: { name = "k${toString n}"; value = n; }) 300); in [ s.k0 s.k150 s.k299 (builtins.length (builtins.attrNames s)) (s ? k300) ]
