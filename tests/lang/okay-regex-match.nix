with builtins; [ (match "ab" "abc") (match "abc" "abc") (match "a(b)(c)" "abc") (match "[[:space:]]+([[:upper:]]+)[[:space:]]+" "  FOO   ") (match "a(x)?b" "ab") (match "" "") ]
