(derivation { name = "p"; system = "s"; builder = "b"; me = placeholder "out"; }).drvPath
