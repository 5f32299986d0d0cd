builtins.path { path = ./files/text.txt; recursive = false; sha256 = builtins.hashString "sha256" "other"; }
