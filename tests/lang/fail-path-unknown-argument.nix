builtins.path { path = ./files/text.txt; colour = "red"; }
