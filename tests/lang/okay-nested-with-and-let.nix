let x = 1; in with { x = 2; y = 3; }; let y = 4; in [ x y ]
