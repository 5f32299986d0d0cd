[ (builtins.readFile ./files/text.txt) (builtins.readFile ./files/empty.txt) (builtins.readFile (./files + "/text.txt")) ]
