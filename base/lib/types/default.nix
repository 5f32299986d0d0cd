# The types of options.
{ lib }:
let
  base = import ./option-type.nix { inherit lib; };
  load = file: import file { inherit lib base; };
in
builtins.removeAttrs base [
  "mergeV2"
  "nounPhrase"
]
// load ./scalars.nix
// load ./texts.nix
// load ./choices.nix
// load ./collections.nix
// load ./submodules.nix
