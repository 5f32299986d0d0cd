# `meta.*` of modules: who keeps a module, and where its manual is. Nothing of it reaches an image.
{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.meta = {
    maintainers = mkOption {
      type = types.listOf types.raw;
      internal = true;
      default = [ ];
      description = "People who keep a module.";
    };
    teams = mkOption {
      type = types.listOf types.raw;
      internal = true;
      default = [ ];
      description = "Teams that keep a module.";
    };
    doc = mkOption {
      type = types.nullOr types.raw;
      internal = true;
      default = null;
      description = "Manual chapter of a module.";
    };
    buildDocsInSandbox = mkOption {
      type = types.bool;
      internal = true;
      default = true;
      description = "Whether the options of a module can be documented without evaluating its configuration.";
    };
  };
}
