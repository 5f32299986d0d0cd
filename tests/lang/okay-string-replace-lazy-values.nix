builtins.replaceStrings [ "a" "zzz" ] [ "b" "unused" ] "aaa"
