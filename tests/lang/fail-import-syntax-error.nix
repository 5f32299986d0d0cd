import ./files/broken.nix
