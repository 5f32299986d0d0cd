[ (builtins.substring 44 100 "${./files/text.txt}") (builtins.hasContext "${./files/text.txt}") ]
