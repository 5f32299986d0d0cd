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
      type = types.strMatching "[^[:space:]\"'\\\\]+";
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
        argument = mkOption {
          type = types.str;
          default = "";
          description = "Argument, as it is meant; specifiers are expanded, so `%%` is a percent sign.";
        };
      };
    }
  );

  quote = path: if builtins.match "[^[:space:]\"'\\]+" path != null then path else builtins.toJSON path;

  # Arguments of these kinds are unescaped when they are read. The others are words with rules of their own.
  isUnescaped = kind: builtins.match "[fFwLC].*" kind != null;
  escapeInner = builtins.replaceStrings [ "\\" "\n" "\r" "\t" ] [ "\\\\" "\\x0a" "\\x0d" "\\x09" ];
  # Blanks at the ends are lost otherwise, and a dash alone means that there is no argument.
  escapeArgument =
    argument:
    let
      parts = builtins.match "( *)(.*[^ ])?( *)" argument;
      blank = builtins.replaceStrings [ " " ] [ "\\x20" ];
      inner = builtins.elemAt parts 1;
    in
    if argument == "-" then
      "\\x2d"
    else
      blank (builtins.elemAt parts 0) + lib.optionalString (inner != null) (escapeInner inner) + blank (builtins.elemAt parts 2);

  argumentText =
    path: entry:
    if isUnescaped entry.type then
      escapeArgument entry.argument
    else if lib.hasInfix "\n" (lib.removeSuffix "\n" entry.argument) then
      throw "systemd.tmpfiles.settings.<file>.\"${path}\".${entry.type}.argument has a line break, which a line of the kind ${entry.type} cannot hold. Write it on one line."
    else
      lib.removeSuffix "\n" entry.argument;

  lineText =
    path: entry:
    "${entry.type} ${quote path} ${entry.mode} ${entry.user} ${entry.group} ${entry.age}${
      lib.optionalString (entry.argument != "") " ${argumentText path entry}"
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
    environment.etc = lib.mkMerge [
      {
        "tmpfiles.d/00-nixos.conf" = lib.mkIf (cfg.rules != [ ]) {
          text = lib.concatMapStrings (rule: "${rule}\n") cfg.rules;
        };
      }
      (lib.mapAttrs' (name: paths: lib.nameValuePair "tmpfiles.d/${name}.conf" { text = fileText paths; }) cfg.settings)
    ];

    image.debianPackages = utils.debianPackagesOf cfg.packages;
  };
}
