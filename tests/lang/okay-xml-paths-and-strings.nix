builtins.toXML [ /a/b "x'y" "" ]
