let f = pred: s: removeAttrs s (builtins.filter (n: !(pred n s.${n})) (builtins.attrNames s)); in f (n: v: v > 1) { a = 1; b = 2; c = 3; }
