(builtins.fromJSON (builtins.toJSON { a = { b = [ (1 + 1) (let x = 3; in x) ]; }; })).a.b
