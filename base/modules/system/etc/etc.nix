# `environment.etc`: files below /etc. They are part of the image and cannot be written while the machine runs.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;

  entry =
    { name, config, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the file is made.";
        };
        target = mkOption {
          type = types.str;
          default = name;
          description = "Path below /etc.";
        };
        text = mkOption {
          type = types.nullOr types.lines;
          default = null;
          description = "Content of the file.";
        };
        source = mkOption {
          type = types.nullOr types.path;
          default = null;
          description = "File or directory whose content is copied.";
        };
        mode = mkOption {
          type = types.str;
          default = "symlink";
          example = "0600";
          description = ''
            Mode in octal digits. `symlink` and `direct-symlink` mean readable by everyone; nothing is linked, as
            /etc itself is read-only. `source` may be a path of the image, which is then linked.
          '';
        };
        uid = mkOption {
          type = types.int;
          default = 0;
          description = "Owner by number.";
        };
        gid = mkOption {
          type = types.int;
          default = 0;
          description = "Group by number.";
        };
        user = mkOption {
          type = types.str;
          default = toString config.uid;
          description = "Owner.";
        };
        group = mkOption {
          type = types.str;
          default = toString config.gid;
          description = "Group.";
        };
      };
    };

  # A path of the running machine, rather than a file to copy.
  isRuntimePath =
    source:
    builtins.isString source && !builtins.hasContext source && !(lib.hasPrefix builtins.storeDir source);

  hasMode = file: !(builtins.elem file.mode [ "symlink" "direct-symlink" ]);

  fileOf =
    file:
    if file.text == null && file.source != null && isRuntimePath file.source then
      { target = file.source; }
    else
      (if file.text != null then { inherit (file) text; } else { inherit (file) source; })
      // lib.optionalAttrs (hasMode file) { inherit (file) mode; }
      // lib.optionalAttrs (file.user != "0") { inherit (file) user; }
      // lib.optionalAttrs (file.group != "0") { inherit (file) group; };

  present = lib.filterAttrs (_: file: file.enable) config.environment.etc;

  # One path has one spelling, and is below /etc.
  pathOf =
    name: file:
    let
      parts = builtins.filter (part: part != "" && part != ".") (lib.splitString "/" file.target);
    in
    if parts == [ ] || builtins.elem ".." parts then
      throw "environment.etc.${lib.strings.escapeNixIdentifier name}.target is `${file.target}', which is no path below /etc."
    else
      "/etc/${lib.concatStringsSep "/" parts}";

  explain =
    path:
    let
      names = builtins.attrNames (lib.filterAttrs (name: file: pathOf name file == path) present);
    in
    "${path} is made with different contents by ${
      lib.concatMapStringsSep " and " (name: "environment.etc.${lib.strings.escapeNixIdentifier name}") names
    }. Give one of them another target, or none.";
in
{
  options.environment.etc = mkOption {
    type = types.attrsOf (types.submodule entry);
    default = { };
    example = {
      "example.conf".text = "key = value\n";
    };
    description = "Files below /etc, by their path there.";
  };

  config = {
    assertions = map (file: {
      assertion = file.text != null || file.source != null;
      message = "environment.etc.\"${file.target}\" has neither text nor source.";
    }) (builtins.attrValues present);

    image.root.files = lib.hardpan.distinct explain (
      lib.mapAttrsToList (name: file: lib.nameValuePair (pathOf name file) (fileOf file)) present
    );
  };
}
