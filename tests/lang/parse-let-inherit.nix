x: let inherit x; inherit (x) y; z = 1; in z
