let s = { a.b = 1; }; in [ (s.a.b or 2) (s.a.c or 2) (s.x.y.z or 3) (s.a.b.c or 4) ({ } . a or 5) (1 .a or 6) ]
