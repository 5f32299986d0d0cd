map builtins.length [ [ ] [ 1 ] [ [ ] [ ] ] (builtins.genList (x: x) 100) ]
