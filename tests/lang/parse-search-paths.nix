[ <a> <a/b> <nixpkgs/nixos/lib.nix> ]
