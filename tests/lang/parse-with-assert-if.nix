a: with a; assert a; if a then a else a
