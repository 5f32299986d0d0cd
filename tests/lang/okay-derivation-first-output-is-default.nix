let d = derivation { name = "multi"; system = "s"; builder = "b"; outputs = [ "bin" "out" ]; }; in [ "${d}" d.outputName (d.out.outPath == "${d}") ]
