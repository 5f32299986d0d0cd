let d = derivation { name = "s"; system = "s"; builder = "b"; __ignoreNulls = true; n = null; m = 1; }; in d.drvPath
