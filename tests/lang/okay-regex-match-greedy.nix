with builtins; [ (match "(a*)(a*)" "aaa") (match "(.*)/([^/]*)" "a/b/c") (match "(a|ab)(c|bcd)" "abcd") (match "([0-9]+)\\.([0-9]+).*" "12.34.56") ]
