# Assertions, warnings, and the report of what has no effect.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  found = config._module.unsupported;
  inState = state: builtins.filter (entry: entry.state == state) found;
  withoutMeaning = lib.mapAttrsToList (option: reason: {
    inherit option reason;
    at = [ ];
    state = "noMeaning";
  }) config.hardpan.withoutMeaning;
in
{
  options = {
    assertions = mkOption {
      type = types.listOf types.unspecified;
      internal = true;
      default = [ ];
      example = [
        {
          assertion = false;
          message = "this cannot be built";
        }
      ];
      description = "What must hold for a build to begin, each with the text for when it does not.";
    };
    warnings = mkOption {
      type = types.listOf types.str;
      internal = true;
      default = [ ];
      description = "Texts that are shown when something is built.";
    };
    hardpan = {
      unsupported = mkOption {
        type = types.enum [
          "error"
          "warn"
        ];
        default = "error";
        description = "Whether options of NixOS that are not supported here stop a build, or only make it warn.";
      };
      withoutMeaning = mkOption {
        type = types.attrsOf types.str;
        internal = true;
        default = { };
        description = "Options that modules found to be without meaning, and the reason.";
      };
      report = mkOption {
        type = types.raw;
        internal = true;
        readOnly = true;
        description = "What was set and has no effect, and the warnings.";
      };
    };
  };

  config.hardpan.report = {
    unsupported = inState "unsupported";
    noMeaning = inState "noMeaning" ++ withoutMeaning;
    inherit (config) warnings;
  };
}
