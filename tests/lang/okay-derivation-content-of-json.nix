let d = derivation { name = "n"; system = "s"; builder = "b"; }; in (derivation { name = "j"; system = "s"; builder = "b"; conf = builtins.toJSON { x = d; y = [ "${d}/bin" ]; }; }).drvPath
