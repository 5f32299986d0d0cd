builtins.sort builtins.lessThan [ "b" "A" "a" "10" "9" "" "_" "ä" ]
