let f = builtins.toFile "src" "text"; in (derivation { name = "n"; system = "s"; builder = "b"; src = f; }).drvPath
