map builtins.stringLength [ "" "abc" "a\nb" "ä" ]
