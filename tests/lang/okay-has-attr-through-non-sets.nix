[ ({ a = 1; } ? a.b) ({ a = [ ]; } ? a.b.c) ({ a = null; } ? a) ]
