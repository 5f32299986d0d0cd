let d = derivation { name = "n"; system = "s"; builder = "b"; extra = "v"; }; in [ d.extra d.drvAttrs.extra (d // { extra = "w"; }).extra ((d // { outPath = "/elsewhere"; }) == d) ]
