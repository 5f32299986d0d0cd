"${./files/dir}" == builtins.path { path = ./files/dir; name = "dir"; }
