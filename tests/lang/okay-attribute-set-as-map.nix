let inc = m: k: m // { ${k} = (m.${k} or 0) + 1; }; in builtins.foldl' inc { } [ "a" "b" "a" "c" "a" ]
