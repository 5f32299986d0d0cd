map builtins.pathExists [ ./files ./files/text.txt ./files/missing (./files + "/text.txt") ./files/dir/sub/file.txt ./files/text.txt/x ]
