[ (builtins.seq 1 2) (builtins.deepSeq [ 1 { a = 2; } ] 3) (builtins.seq [ (throw "x") ] 4) (builtins.seq { a = throw "x"; } 5) ]
