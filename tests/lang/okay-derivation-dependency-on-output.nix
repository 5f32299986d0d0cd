let a = derivation { name = "a"; system = "s"; builder = "b"; outputs = [ "out" "dev" ]; }; b = derivation { name = "b"; system = "s"; builder = "x"; dev = a.dev; }; in b.drvPath
