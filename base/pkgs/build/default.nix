# Functions that make derivations out of texts, addresses and other derivations.
{ lib, pkgs, ... }:
let
  load = file: import file { inherit lib pkgs; };
in
load ./texts.nix
// load ./scripts.nix
// load ./trees.nix
// load ./fetchers.nix
// load ./substitute.nix
// load ./commands.nix
// {
  formats = load ./formats;
}
