with builtins; [ (match "\\." ".") (match "a\\+b" "a+b") (match "\\[x]" "[x]") (match "[.]" ".") (match "[]x]+" "]x") (match "\\(\\)" "()") (match "a\\|b" "a|b") (match "\\{}" "{}") ]
