builtins.toJSON "quote\" back\\slash new\nline tab\t cr\r slash/ ä 😀 \${x}"
