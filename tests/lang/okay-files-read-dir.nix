[ (builtins.readDir ./files/dir) (builtins.readDir ./files/dir/sub) ]
