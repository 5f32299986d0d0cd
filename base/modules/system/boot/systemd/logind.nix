# Logins and what becomes of their processes.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.logind;
  text = value: if builtins.isBool value then lib.boolToString value else toString value;
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "services" "logind" "killUserProcesses" ] [ "services" "logind" "settings" "Login" "KillUserProcesses" ])
    (lib.mkRenamedOptionModule [ "services" "logind" "lidSwitch" ] [ "services" "logind" "settings" "Login" "HandleLidSwitch" ])
    (lib.mkRenamedOptionModule [ "services" "logind" "lidSwitchDocked" ] [ "services" "logind" "settings" "Login" "HandleLidSwitchDocked" ])
    (lib.mkRenamedOptionModule [ "services" "logind" "lidSwitchExternalPower" ] [ "services" "logind" "settings" "Login" "HandleLidSwitchExternalPower" ])
    (lib.mkRenamedOptionModule [ "services" "logind" "powerKey" ] [ "services" "logind" "settings" "Login" "HandlePowerKey" ])
  ];

  options.services.logind = {
    settings.Login = mkOption {
      type = types.attrsOf (types.oneOf [ types.bool types.int types.singleLineStr ]);
      default = { };
      example = {
        KillUserProcesses = true;
      };
      description = "Settings as in logind.conf(5).";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of the section [Login].";
    };
  };

  config = {
    services.logind.settings.Login = {
      KillUserProcesses = lib.mkDefault false;
      # A server has no seats to hand out.
      NAutoVTs = lib.mkDefault 0;
      ReserveVT = lib.mkDefault 0;
    };
    environment.etc."systemd/logind.conf".text =
      "[Login]\n"
      + lib.concatStrings (lib.mapAttrsToList (name: value: "${name}=${text value}\n") cfg.settings.Login)
      + cfg.extraConfig;
  };
}
