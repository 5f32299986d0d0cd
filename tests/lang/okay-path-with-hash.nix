builtins.path { path = ./files/text.txt; name = "checked"; recursive = false; sha256 = builtins.hashFile "sha256" ./files/text.txt; }
