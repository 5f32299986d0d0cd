[ (builtins.hashString "sha256" "line\n") (builtins.hashString "sha1" "ä") ]
