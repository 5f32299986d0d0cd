(derivation { name = "a"; builder = "b"; system = "c"; outputHash = ""; }).drvPath
