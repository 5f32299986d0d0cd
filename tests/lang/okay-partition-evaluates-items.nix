(builtins.tryEval (builtins.partition (x: true) [ (throw "evaluated") ])).success
