let a = 1; s = { x = 10; y = 20; }; in let inherit a; inherit (s) x y; in [ a x y ]
