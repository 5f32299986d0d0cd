let s = { a.b = null; "c d" = 1; }; in [ (s ? a) (s ? a.b) (s ? a.c) (s ? x.y) (s ? a.b.c) (s ? "c d") (s ? ${"a"}) (1 ? a) ("x" ? y) ]
