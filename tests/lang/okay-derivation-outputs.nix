let d = derivation { name = "multi"; system = "s"; builder = "b"; outputs = [ "out" "dev" "doc" ]; }; in [ d.outPath d.dev.outPath d.doc.outputName (map (o: o.outputName) d.all) d.drvPath ]
