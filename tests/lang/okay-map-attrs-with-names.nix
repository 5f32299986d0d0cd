builtins.mapAttrs (name: value: "${name}=${toString value}") { b = 1; a = [ 1 2 ]; c = null; }
