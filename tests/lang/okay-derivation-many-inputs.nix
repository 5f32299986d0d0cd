let mk = n: deps: derivation { name = n; system = "s"; builder = "b"; inherit deps; }; a = mk "a" [ ]; b = mk "b" [ a ]; c = mk "c" [ a b ]; in [ c.drvPath c.outPath ]
