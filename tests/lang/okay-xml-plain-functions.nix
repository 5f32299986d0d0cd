builtins.toXML (name: name)
