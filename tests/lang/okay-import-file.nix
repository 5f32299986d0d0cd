let s = import ./files/set.nix; in [ s.a (baseNameOf s.b) ]
