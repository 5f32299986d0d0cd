s: { inherit (s) y x; inherit (s.t) z; }
