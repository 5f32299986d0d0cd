let x = builtins.tryEval (throw "a"); in [ x.success x.value x ]
