builtins.filter builtins.isString (builtins.split "\n" "one\ntwo\n\nthree\n")
