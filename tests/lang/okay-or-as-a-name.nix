let f = x: { or = 1; }.or; in [ (f 1) ({ or = 2; }).or ({ a.or = 3; }.a.or or 4) ]
