map (p: map p [ 1 1.5 "a" true null [ ] { } (x: x) /a builtins.head ]) (with builtins; [ isInt isFloat isString isBool isNull isList isAttrs isFunction isPath ])
