builtins.stringLength (builtins.readFile ./files/data.json)
