builtins.warn "shown" 5
