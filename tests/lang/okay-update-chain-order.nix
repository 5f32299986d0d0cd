builtins.attrValues ({ a = 1; b = 1; c = 1; } // { b = 2; c = 2; } // { c = 3; })
