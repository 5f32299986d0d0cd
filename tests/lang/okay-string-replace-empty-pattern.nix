with builtins; [ (replaceStrings [ "" ] [ "-" ] "abc") (replaceStrings [ "" "a" ] [ "-" "X" ] "abc") (replaceStrings [ "a" "" ] [ "X" "-" ] "abc") (replaceStrings [ "" ] [ "x" ] "") ]
