(derivation { name = "n"; system = "s"; builder = "b"; passAsFile = [ "text" ]; text = "long"; }).drvPath
