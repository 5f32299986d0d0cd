(derivation { name = "a"; system = "s"; builder = "b"; s = { a = 1; }; }).drvPath
