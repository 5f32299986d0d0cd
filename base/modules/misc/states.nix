# The four states of an option: supported; without meaning on an image; NixOS's but not supported here; unknown.
#
# Nothing is ignored in silence. Options without meaning are accepted and listed with their reason by `hardpan check`.
# Definitions of unsupported options are kept aside, and one list of them all stops the build.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.hardpan;

  place =
    definition:
    if definition ? line then
      "${definition.file}:${toString definition.line}:${toString (definition.column or 1)}"
    else
      definition.file;

  unsupported = import ./states/unsupported.nix;

  hintFor =
    path:
    let
      prefixes = map (length: lib.concatStringsSep "." (lib.take length path)) (
        lib.reverseList (lib.range 1 (builtins.length path))
      );
      known = lib.findFirst (prefix: unsupported.hints ? ${prefix}) null prefixes;
    in
    if known == null then "no replacement yet" else unsupported.hints.${known};

  describe =
    entry:
    "  ${lib.showOption entry.option}: ${hintFor entry.option}\n"
    + lib.concatMapStrings (definition: "    defined at ${place definition}\n") entry.definitions;

  message = ''
    ${toString (builtins.length cfg.unsupportedDefinitions)} options of NixOS are set that hardpan does not support:
    ${lib.concatMapStrings describe cfg.unsupportedDefinitions}Take them out, or set hardpan.unsupported = "warn" to go on without them.
  '';
in
{
  options.hardpan = {
    unsupported = mkOption {
      type = types.enum [
        "error"
        "warn"
      ];
      default = "error";
      description = "What definitions of NixOS options that are not supported do: stop the build, or warn.";
    };
    unsupportedDefinitions = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      internal = true;
      description = "Definitions of options that NixOS has and hardpan does not.";
    };
    withoutMeaning = mkOption {
      type = types.attrsOf types.str;
      default = { };
      internal = true;
      description = "Options that are set though they change nothing on an image, each with the reason.";
    };
  };

  config = lib.mkIf (cfg.unsupportedDefinitions != [ ]) {
    assertions = lib.optional (cfg.unsupported == "error") {
      assertion = false;
      inherit message;
    };
    warnings = lib.optional (cfg.unsupported == "warn") message;
  };
}
