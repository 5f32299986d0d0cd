let s = rec { inherit (t) x; t = { x = y; }; y = 3; }; in s.x
