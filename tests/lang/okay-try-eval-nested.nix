builtins.tryEval (if (builtins.tryEval (throw "a")).success then 1 else throw "b")
