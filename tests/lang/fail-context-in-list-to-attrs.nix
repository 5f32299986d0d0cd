let d = derivation { name = "x"; system = "s"; builder = "b"; }; s = "${d}"; in builtins.listToAttrs [ { name = s; value = 1; } ]
