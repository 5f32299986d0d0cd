# `systemd.tmpfiles`: files and directories made when the machine boots. Lines that aim at /etc or /usr are carried out
# when the image is linked.
{
  config,
  lib,
  utils,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.systemd.tmpfiles;

  word =
    default: description:
    mkOption {
      type = types.str;
      inherit default description;
    };

  line = types.submodule (
    { name, ... }:
    {
      options = {
        type = word name "Kind of the line, as in tmpfiles.d(5).";
        mode = word "-" "Mode.";
        user = word "-" "Owner.";
        group = word "-" "Group.";
        age = word "-" "How old content may become.";
        argument = word "" "Argument.";
      };
    }
  );

  quote =
    path: if builtins.match "[^ \t\"\\\\]*" path != null then path else builtins.toJSON path;

  lineText =
    path: entry:
    "${entry.type} ${quote path} ${entry.mode} ${entry.user} ${entry.group} ${entry.age}${
      lib.optionalString (entry.argument != "") " ${entry.argument}"
    }\n";

  fileText =
    paths:
    lib.concatStrings (
      lib.concatLists (lib.mapAttrsToList (path: kinds: map (lineText path) (builtins.attrValues kinds)) paths)
    );
in
{
  options.systemd.tmpfiles = {
    rules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "d /srv/data 0750 root root -" ];
      description = "Lines of tmpfiles.d(5).";
    };
    settings = mkOption {
      type = types.attrsOf (types.attrsOf (types.attrsOf line));
      default = { };
      example = {
        "10-data"."/srv/data".d.mode = "0750";
      };
      description = "Lines by file, path and kind.";
    };
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages whose lib/tmpfiles.d is used. A Debian package's is used whenever the package is there.";
    };
  };

  config = {
    environment.etc = {
      "tmpfiles.d/00-nixos.conf" = lib.mkIf (cfg.rules != [ ]) {
        text = lib.concatMapStrings (rule: "${rule}\n") cfg.rules;
      };
    }
    // lib.mapAttrs' (name: paths: lib.nameValuePair "tmpfiles.d/${name}.conf" { text = fileText paths; }) cfg.settings;

    image.debianPackages = utils.debianPackagesOf cfg.packages;
  };
}
