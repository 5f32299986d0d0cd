f: a: b: [ ((f a) a) ((f a a) (f a) a) ((f a).x a) ((a - f) a) ((a >= f) a) ((-a) f) (<nixpkgs> a) ((f: f a) a) ]
