let add5 = builtins.add 5; has = builtins.hasAttr "a"; in [ (add5 1) (has { a = 1; }) (map (builtins.elemAt [ 7 8 9 ]) [ 2 0 ]) (builtins.typeOf add5) ]
