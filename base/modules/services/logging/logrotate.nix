# Files of messages are begun anew before they grow large.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.logrotate;

  value = types.nullOr (types.oneOf [ types.bool types.int types.str ]);
  text =
    name: value:
    if value == null || value == false then
      ""
    else if value == true then
      "  ${name}\n"
    else if
      builtins.elem name [
        "firstaction"
        "lastaction"
        "prerotate"
        "postrotate"
        "preremove"
      ]
    then
      "  ${name}\n    ${value}\n  endscript\n"
    else
      "  ${name} ${toString value}\n";

  settingsOf =
    entry:
    removeAttrs entry [
      "enable"
      "global"
      "files"
      "priority"
    ];
  lines = entry: lib.concatStrings (lib.mapAttrsToList text (settingsOf entry));
  quote = path: "\"${path}\"";
  section =
    entry:
    if entry.global then
      lines entry
    else
      "${lib.concatMapStringsSep " " quote (lib.toList entry.files)} {\n${lines entry}}\n";
  enabled = builtins.filter (entry: entry.enable) (builtins.attrValues cfg.settings);
in
{
  options.services.logrotate = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether files are begun anew.";
    };
    allowNetworking = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted without effect.";
    };
    checkConfig = mkOption {
      type = types.bool;
      default = true;
      description = "Whether logrotate reads the configuration while the image is built.";
    };
    settings = mkOption {
      type = types.attrsOf (
        types.submodule (
          { name, ... }:
          {
            freeformType = types.attrsOf value;
            options = {
              enable = mkOption {
                type = types.bool;
                default = true;
                description = "Whether these files are looked at.";
              };
              global = mkOption {
                type = types.bool;
                default = name == "header";
                description = "Whether it holds for all files.";
              };
              files = mkOption {
                type = types.either types.str (types.listOf types.str);
                default = name;
                description = "The files.";
              };
              priority = mkOption {
                type = types.int;
                default = if name == "header" then 100 else 1000;
                description = "Lower numbers come first.";
              };
            };
          }
        )
      );
      default = { };
      description = "Settings by file.";
    };
  };

  config = lib.mkIf (cfg.enable || enabled != [ ]) {
    image.debianPackages = [ "logrotate" ];
    environment.etc."logrotate.conf".text = "weekly\nrotate 4\nmissingok\nnotifempty\n" + lib.concatMapStrings section (
      builtins.sort (a: b: a.priority < b.priority) enabled
    );
    systemd.services.logrotate = {
      description = "Begin files of messages anew";
      startAt = "hourly";
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "/usr/sbin/logrotate --state /var/lib/logrotate/status /etc/logrotate.conf";
        StateDirectory = "logrotate";
        Nice = 19;
        IOSchedulingClass = "best-effort";
        IOSchedulingPriority = 7;
        PrivateTmp = true;
      };
    };
  };
}
