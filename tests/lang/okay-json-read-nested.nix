builtins.fromJSON ''{"a": [1, 2.0, "x", null, {"b": {"c": false}}], "": 1, "x y": 2}''
