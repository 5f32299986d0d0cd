builtins.toXML { a = 1; b = "text <&>\"\n"; c = [ true null 1.5 ]; d = { e = { }; }; }
