[ (toString /a/b) (builtins.typeOf /a) (builtins.isPath /a) (builtins.isPath "/a") (baseNameOf /a/b.c) (dirOf /a/b) (dirOf /a) (dirOf "/a/b") (dirOf "a/b") (dirOf "a") ]
