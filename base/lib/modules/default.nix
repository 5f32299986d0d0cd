# The module system.
{ lib }:
let
  properties = import ./properties.nix { inherit lib; };
  definitions = import ./definitions.nix { inherit lib properties; };
  declarations = import ./declarations.nix { inherit lib definitions; };
  levels = import ./levels.nix { inherit lib properties declarations; };
  collect = import ./collect.nix { inherit lib; };
  evaluate = import ./evaluate.nix {
    inherit
      lib
      collect
      levels
      properties
      ;
  };
  renames = import ./renames.nix { inherit lib; };
in
builtins.removeAttrs properties [ "isOrdered" ]
// removeAttrs definitions [ "mergeTyped" ]
// removeAttrs declarations [ "evalOptionWith" ]
// renames
// {
  inherit (evaluate) evalModules;
  inherit (collect) applyModuleArgs applyModuleArgsIfFunction unifyModuleSyntax;
  inherit (levels) mergeModules';
  inherit (definitions) mergeTyped;

  mergeModules =
    prefix: modules:
    levels.mergeModules' prefix modules (
      builtins.concatMap (
        module:
        map (config: {
          file = module._file;
          inherit config;
        }) (properties.pushDownProperties module.config)
      ) modules
    );

  # A module of another file, which takes arguments of its own before those of a module.
  importApply =
    path: argument: declarations.setDefaultModuleLocation path (import path argument);
  importJSON = path: {
    _file = path;
    config = lib.trivial.importJSON path;
  };
  importTOML = path: {
    _file = path;
    config = lib.trivial.importTOML path;
  };
}
