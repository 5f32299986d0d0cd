[ (baseNameOf ./files/${"text"}.txt) (builtins.readFile ./files/${"te" + "xt"}.txt) (builtins.pathExists ./${"files"}) ]
