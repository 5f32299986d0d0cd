with { a = 1; }; with { }; with { b = 2; }; [ a b ]
