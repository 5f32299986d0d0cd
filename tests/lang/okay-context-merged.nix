let a = derivation { name = "a"; system = "s"; builder = "b"; outputs = [ "out" "dev" ]; }; c = builtins.getContext "${a}${a.dev}${a.drvPath}"; in builtins.attrValues c
