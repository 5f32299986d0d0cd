let nats = n: [ n ] ++ (nats (n + 1)); gen = builtins.genList (x: x * x) 5; in gen
