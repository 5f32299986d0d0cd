let p = builtins.filterSource (path: type: type != "directory") ./files/dir; in [ (builtins.substring 44 10 p) (builtins.hasContext p) ]
