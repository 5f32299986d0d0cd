let a = import ./files/set.nix; b = import ./files/set.nix; in a == b
