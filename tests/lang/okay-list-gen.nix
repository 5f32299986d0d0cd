[ (builtins.genList (x: x) 0) (builtins.genList (x: x * 2) 4) (builtins.length (builtins.genList (x: throw "lazy") 3)) ]
