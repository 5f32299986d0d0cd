builtins.fromJSON ''"\u00e4\n\t\"\\\/\ud83d\ude00"''
