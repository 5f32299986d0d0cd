let f = { __functor = self: { a, b ? 2 }: a + b; __functionArgs = { a = false; b = true; }; }; in [ (f { a = 1; }) (f { a = 1; b = 5; }) ]
