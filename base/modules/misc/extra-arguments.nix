# Further arguments of modules: `utils`, as NixOS's modules have it.
{
  config,
  lib,
  pkgs,
  ...
}:
{
  _module.args.utils = import ../utils.nix { inherit config lib pkgs; };
}
