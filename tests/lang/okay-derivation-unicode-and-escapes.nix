(derivation { name = "n"; system = "s"; builder = "b"; t = "a\"b\\c\nd\te\rfä"; }).drvPath
