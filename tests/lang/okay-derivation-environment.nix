let d = derivation { name = "env"; system = "s"; builder = "b"; a = 1; b = true; c = false; d = null; e = [ 1 "two" [ 3 ] ]; f = "text"; g = 1.5; }; in d.drvPath
