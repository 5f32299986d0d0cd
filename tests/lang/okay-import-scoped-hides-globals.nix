(scopedImport { map = 1; wanted = 1; } ./files/scoped.nix)
