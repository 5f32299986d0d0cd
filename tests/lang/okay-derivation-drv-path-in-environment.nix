let a = derivation { name = "a"; system = "s"; builder = "b"; }; b = derivation { name = "b"; system = "s"; builder = "x"; what = a.drvPath; }; in b.drvPath
