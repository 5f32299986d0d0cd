import ./files/throws.nix
