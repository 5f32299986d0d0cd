import ./files/no-such-file.nix
