[ (builtins.match "((a)|b)*" "ab") (builtins.match "(a*)*" "aa") (builtins.match "(a|b|ab)*c" "abc") (builtins.match "(x(y)?)+" "xyx") ]
