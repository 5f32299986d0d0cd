map builtins.typeOf (builtins.fromJSON "[1, 1.0, 1e2, -1, 12345678901234567890.0]")
