with { toString = 1; }; [ (builtins.isFunction toString) ]
