let s = { a = 1; b = 2; }; pairs = map (name: { inherit name; value = s.${name}; }) (builtins.attrNames s); in [ pairs (builtins.listToAttrs pairs == s) ]
