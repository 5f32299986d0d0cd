let mk = n: derivation { name = n; system = "s"; builder = "b"; }; a = mk "a"; in [ (a == mk "a") (a == mk "b") ("${a}" == a.outPath) (toString a == a.outPath) (toString [ a ] == a.outPath) ]
