let add = a: b: c: a + b + c; add1 = add 1; add12 = add1 2; in [ (add12 3) (add1 10 20) ]
