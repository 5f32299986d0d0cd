[ "tab\t" "nl\n" "cr\r" "quote\"" "back\\" "dollar$" "brace\${" "both $\${x}" "bell" ]
