builtins.fromTOML "a = \"tab\\t \\u00e4\"\nb = \"\"\"\nmulti\nline\\\n   joined\"\"\"\nc = '''\nraw \\n'''\n"
