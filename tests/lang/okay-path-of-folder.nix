builtins.path { path = ./files/dir; }
