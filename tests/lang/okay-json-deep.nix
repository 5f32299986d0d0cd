let nest = n: if n == 0 then "end" else [ (nest (n - 1)) ]; in builtins.fromJSON (builtins.toJSON (nest 50)) == nest 50
