[ "${builtins.path { path = ./files/text.txt; name = "t"; recursive = false; }}" ]
