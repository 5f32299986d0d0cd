[ (builtins.match "^a$" "a") (builtins.split "^a" "aaa") (builtins.split "a$" "aaa") (builtins.match "a^b" "ab") ]
