builtins.toJSON { "ä" = "ö"; "日本" = 1; }
