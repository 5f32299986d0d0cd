{ name = "default"; sibling = import ../set.nix; }
