a: b: [ (a ? b) (a ? b.c) (a ? "x y".z) (a ? ${b}) (a ? ${b}.c) ]
