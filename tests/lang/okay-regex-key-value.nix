let parse = l: builtins.match "[[:space:]]*([^=[:space:]]+)[[:space:]]*=[[:space:]]*(.*)" l; in map parse [ "a=1" "  key = some value" "no equals" "x==y" ]
