let d = derivation { name = "f"; system = "s"; builder = "b"; outputHash = "900150983cd24fb0d6963f7d28e17f72"; outputHashAlgo = "md5"; outputHashMode = "recursive"; }; in [ d.drvPath d.outPath ]
