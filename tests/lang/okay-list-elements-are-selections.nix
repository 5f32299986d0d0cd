let f = x: x; a.b = 1; in builtins.length [ f 1 a.b (f 2) (-3) (1 + 2) a.c or 4 ]
