map builtins.fromJSON [ "1" "-1" "true" "null" "\"a\"" "1.5" "1e3" "[]" "{}" " [ 1 ] " "9223372036854775807" ]
