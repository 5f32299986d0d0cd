a: s: { z = 1; inherit (s) y; inherit a; b = 2; }
