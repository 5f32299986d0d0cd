[ (builtins.typeOf (./files + "/x")) (builtins.typeOf ("" + toString ./files)) (builtins.match ".*-text.txt!" ("" + "${./files/text.txt}" + "!") != null) ]
