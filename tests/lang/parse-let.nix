let b = a; a.c = 1; in b
