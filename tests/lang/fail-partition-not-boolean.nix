builtins.partition (x: "a") [ 1 ]
