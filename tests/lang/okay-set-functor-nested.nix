let f = { __functor = self: { __functor = self2: x: [ self.a self2.b x ]; b = 2; }; a = 1; }; in f 3
