let s = with s; { a = 1; }; in (with s; a) + s.b
