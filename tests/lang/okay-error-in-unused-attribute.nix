let s = { good = 1; bad = throw "x"; worse = 1 / 0; }; in [ s.good (builtins.attrNames s) (s ? bad) ]
