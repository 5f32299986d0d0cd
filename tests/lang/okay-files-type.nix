[ (builtins.readFileType ./files) (builtins.readFileType ./files/text.txt) ]
