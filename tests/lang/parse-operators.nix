a: b: c: [ (a + b * c) (a - b - c) (a / b) (-a) (!a) (a ++ b ++ c) (a // b // c) (a && b || c) (a -> b -> c) ]
