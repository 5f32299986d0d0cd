let d = derivation { name = "s"; system = "s"; builder = "b"; __structuredAttrs = true; list = [ 1 2 ]; set = { a = true; }; n = null; }; in [ d.drvPath d.outPath ]
