let t = builtins.fromTOML "a = inf\nb = -inf\n"; in [ (t.a > 1.0e300) (t.b < -1.0e300) (builtins.typeOf t.a) ]
