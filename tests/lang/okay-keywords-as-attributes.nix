let s = { "then" = 1; "in" = 2; or = 3; true = 4; null = 5; }; in [ s."then" s."in" s.or s.true s.null ]
