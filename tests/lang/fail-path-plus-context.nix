let d = derivation { name = "x"; system = "s"; builder = "b"; }; in /a + "${d}"
