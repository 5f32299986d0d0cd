[ (scopedImport { wanted = 41; } ./files/scoped.nix) (builtins.scopedImport { wanted = 1; __add = null; } ./files/scoped.nix) ]
