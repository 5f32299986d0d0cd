builtins.trace "shown" (builtins.trace { a = 1; } 5)
