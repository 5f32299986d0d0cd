# sudo: who may become whom.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.security.sudo;

  command = types.either types.str (
    types.submodule {
      options = {
        command = mkOption {
          type = types.str;
          description = "The command, or ALL.";
        };
        options = mkOption {
          type = types.listOf (
            types.enum [
              "NOPASSWD"
              "PASSWD"
              "NOEXEC"
              "EXEC"
              "SETENV"
              "NOSETENV"
              "LOG_INPUT"
              "NOLOG_INPUT"
              "LOG_OUTPUT"
              "NOLOG_OUTPUT"
              "MAIL"
              "NOMAIL"
              "FOLLOW"
              "NOFOLLOW"
              "INTERCEPT"
              "NOINTERCEPT"
            ]
          );
          default = [ ];
          description = "Tags of the command.";
        };
      };
    }
  );

  rule = types.submodule {
    options = {
      users = mkOption {
        type = types.listOf (types.either types.str types.int);
        default = [ ];
        description = "Users.";
      };
      groups = mkOption {
        type = types.listOf (types.either types.str types.int);
        default = [ ];
        description = "Groups.";
      };
      host = mkOption {
        type = types.str;
        default = "ALL";
        description = "Machines on which it holds.";
      };
      runAs = mkOption {
        type = types.str;
        default = "ALL:ALL";
        description = "Users and groups that the command may run as.";
      };
      commands = mkOption {
        type = types.listOf command;
        description = "Commands.";
      };
    };
  };

  who =
    rule:
    map (user: if builtins.isInt user then "#${toString user}" else user) rule.users
    ++ map (group: if builtins.isInt group then "%#${toString group}" else "%${group}") rule.groups;

  commandText =
    command:
    if builtins.isString command then
      command
    else
      lib.concatMapStrings (tag: "${tag}:") command.options
      + lib.optionalString (command.options != [ ]) " "
      + command.command;

  ruleText =
    rule:
    lib.optionalString (who rule != [ ]) "${lib.concatStringsSep ", " (who rule)} ${rule.host}=(${rule.runAs}) ${
      lib.concatMapStringsSep ", " commandText rule.commands
    }\n";
in
{
  options.security.sudo = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether sudo is there.";
    };
    package = mkOption {
      type = types.raw;
      default = null;
      visible = false;
      description = "Accepted; the program is Debian's.";
    };
    wheelNeedsPassword = mkOption {
      type = types.bool;
      default = true;
      description = "Whether members of wheel must type their password.";
    };
    execWheelOnly = mkOption {
      type = types.bool;
      default = false;
      description = "Whether only members of wheel can run the program at all.";
    };
    defaultOptions = mkOption {
      type = types.listOf types.str;
      default = [ "SETENV" ];
      description = "Tags of the rules for root and wheel.";
    };
    keepTerminfo = mkOption {
      type = types.bool;
      default = true;
      description = "Whether descriptions of terminals are found through sudo.";
    };
    configFile = mkOption {
      type = types.lines;
      description = "The whole file.";
    };
    extraRules = mkOption {
      type = types.listOf rule;
      default = [ ];
      description = "Rules, in order; later ones win.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines.";
    };
  };

  config = lib.mkIf cfg.enable {
    image.debianPackages = [ "sudo" ];
    image.root.permissions = [
      (
        {
          path = "/usr/bin/sudo";
          mode = if cfg.execWheelOnly then "4510" else "4755";
          user = "root";
        }
        // lib.optionalAttrs cfg.execWheelOnly { group = "wheel"; }
      )
    ];

    security.sudo.extraRules = lib.mkMerge [
      (lib.mkBefore [
        {
          users = [ "root" ];
          commands = [
            {
              command = "ALL";
              options = cfg.defaultOptions;
            }
          ];
        }
        {
          groups = [ "wheel" ];
          commands = [
            {
              command = "ALL";
              options = cfg.defaultOptions ++ lib.optional (!cfg.wheelNeedsPassword) "NOPASSWD";
            }
          ];
        }
      ])
    ];
    security.sudo.configFile = lib.mkMerge [
      ''
        Defaults env_reset, use_pty
        Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
      ''
      (lib.mkIf cfg.keepTerminfo "Defaults env_keep+=\"TERMINFO TERMINFO_DIRS\"\n")
      (lib.concatMapStrings ruleText cfg.extraRules)
      (lib.mkAfter cfg.extraConfig)
    ];

    security.pam.services = {
      sudo = { };
      sudo-i = { };
    };
    environment.etc = {
      sudoers = {
        mode = "0440";
        text = cfg.configFile;
      };
      "sudo.conf".text = "";
    };
  };
}
