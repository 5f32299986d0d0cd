let d = derivation { name = "x"; system = "s"; builder = "b"; }; s = "${d}"; in builtins.match s "a"
