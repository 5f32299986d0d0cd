let s = { a = throw "never"; b = 2; }; t = { inherit (s) a b; }; in t.b
