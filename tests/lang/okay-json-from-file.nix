builtins.fromJSON (builtins.readFile ./files/data.json)
