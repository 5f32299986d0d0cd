builtins.genericClosure { startSet = [ { key = 1; from = "start"; } ]; operator = i: [ { key = 1; from = "again"; } { key = 2; from = "op"; } ]; }
