let true = 0; null = 1; map = 2; builtins = 3; in [ true null map builtins ]
