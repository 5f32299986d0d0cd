[
  (x: x)
  builtins.add
  (builtins.add 1)
  { type = "derivation"; drvPath = "d"; }
]
