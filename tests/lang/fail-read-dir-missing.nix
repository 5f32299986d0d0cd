builtins.readDir ./files/no-such-dir
