let a = { b = 1; }; in assert a ? c; a
