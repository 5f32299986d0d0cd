# Logins on the screen and on serial lines. Which serial lines there are, the kernel's command line says.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.getty;
  autologin = lib.optionalString (cfg.autologinUser != null) " --autologin ${cfg.autologinUser}";
  arguments = lib.concatStringsSep " " cfg.extraArgs;
  command = terminal: "-/usr/sbin/agetty${autologin} --noclear ${arguments} ${terminal} \${TERM}";
  changed = cfg.autologinUser != null || cfg.extraArgs != [ ];
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "services" "mingetty" "autologinUser" ] [ "services" "getty" "autologinUser" ])
    (lib.mkRenamedOptionModule [ "services" "mingetty" "helpLine" ] [ "services" "getty" "helpLine" ])
  ];

  options.services.getty = {
    autologinUser = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "User who is logged in without being asked.";
    };
    extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further arguments of agetty.";
    };
    greetingLine = mkOption {
      type = types.str;
      default = ''\S \r (\l)'';
      description = "First line shown.";
    };
    helpLine = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines shown.";
    };
    loginProgram = mkOption {
      type = types.str;
      default = "/usr/bin/login";
      visible = false;
      description = "Accepted without effect.";
    };
    loginOptions = mkOption {
      type = types.nullOr types.str;
      default = null;
      visible = false;
      description = "Accepted without effect.";
    };
  };

  config = {
    image.root.enableUnits = lib.optional (
      config.console.enable && !(builtins.elem "getty@tty1.service" config.image.root.maskUnits)
    ) "getty@tty1.service";
    image.root.maskUnits = lib.optionals (!config.console.enable) [
      "getty@.service"
      "serial-getty@.service"
      "getty.target"
    ];
    environment.etc.issue.text = "${cfg.greetingLine}\n${cfg.helpLine}\n";
    systemd.services = lib.mkIf changed {
      "getty@" = {
        overrideStrategy = "asDropin";
        serviceConfig.ExecStart = [
          ""
          (command "%I")
        ];
      };
      "serial-getty@" = {
        overrideStrategy = "asDropin";
        serviceConfig.ExecStart = [
          ""
          (command "--keep-baud %I")
        ];
      };
    };
  };
}
