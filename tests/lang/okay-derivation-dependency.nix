let a = derivation { name = "a"; system = "s"; builder = "b"; }; b = derivation { name = "b"; system = "s"; builder = "${a}/bin/sh"; input = a; }; in [ b.drvPath b.outPath ]
