map (h: builtins.hashString h "") [ "md5" "sha1" "sha256" ]
