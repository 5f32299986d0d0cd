let lines = builtins.filter builtins.isString (builtins.split "," "a,b,,c"); in [ lines (builtins.concatStringsSep ";" lines) ]
