with builtins; [ (split "" "ab") (split "x*" "axb") (split "^" "ab") (split "$" "ab") (split "b*" "abb") ]
