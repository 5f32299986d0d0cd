map (x: x) (builtins.attrValues (builtins.fromTOML "a = 1.0\nb = -0.5\nc = 6.02e23\nd = 1_000.5\n"))
