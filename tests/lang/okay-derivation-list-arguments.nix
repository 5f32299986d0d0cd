(derivation { name = "n"; system = "s"; builder = "b"; args = [ "a b" "c\nd" "" (toString 5) ]; list = [ "x" "y z" ]; }).drvPath
