let d = derivation { name = "f"; system = "s"; builder = "b"; outputHash = "a9993e364706816aba3e25717850c26c9cd0d89d"; outputHashAlgo = "sha1"; }; in [ d.drvPath d.outPath ]
