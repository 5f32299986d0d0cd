let s = { a = { b = { c = 1; }; }; "x y" = 2; }; in [ s.a.b.c s."x y" s.${"a"}.b.c s."a".b."${"c"}" ]
