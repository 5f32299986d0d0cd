let p = builtins.path { path = ./files/dir; name = "filtered"; filter = p: t: baseNameOf p != "sub"; }; in [ (builtins.hasContext p) (builtins.substring 44 20 p) ]
