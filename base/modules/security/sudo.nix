# sudo: who may become whom.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.security.sudo;

  command = types.either types.singleLineStr (
    types.submodule {
      options = {
        command = mkOption {
          type = types.singleLineStr;
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
        type = types.listOf (types.either types.singleLineStr types.int);
        default = [ ];
        description = "Users.";
      };
      groups = mkOption {
        type = types.listOf (types.either types.singleLineStr types.int);
        default = [ ];
        description = "Groups.";
      };
      host = mkOption {
        type = types.singleLineStr;
        default = "ALL";
        description = "Machines on which it holds.";
      };
      runAs = mkOption {
        type = types.singleLineStr;
        default = "ALL:ALL";
        description = "Users and groups that the command may run as.";
      };
      commands = mkOption {
        type = types.listOf command;
        description = "Commands.";
      };
    };
  };

  # Names as sudo reads them. One with quotes around it, or with a backslash, is written for it already.
  nameText =
    name:
    if builtins.match "\".*\"|.*\\\\.*|[^ \t,=()\"]+" name != null then
      name
    else
      "\"${lib.escape [ "\"" ] name}\"";

  who =
    rule:
    map (user: if builtins.isInt user then "#${toString user}" else nameText user) rule.users
    ++ map (group: if builtins.isInt group then "%#${toString group}" else nameText "%${group}") rule.groups;

  # Arguments of a command: what would end it, unless it is written for sudo already. A comma before a blank parts two
  # commands.
  argumentsText =
    text:
    if lib.hasInfix "\\" text then
      text
    else
      lib.concatMapStrings (piece: if builtins.isString piece then piece else "\\${builtins.head piece}") (
        builtins.split "([:=#]|,+[^ ,])" text
      );
  lineText =
    text:
    let
      parts = builtins.match "(/[^ ]*)( .*)" text;
    in
    if parts == null then text else builtins.head parts + argumentsText (lib.last parts);

  commandText =
    command:
    if builtins.isString command then
      lineText command
    else
      lib.concatMapStrings (tag: "${tag}:") command.options
      + lib.optionalString (command.options != [ ]) " "
      + lineText command.command;

  ruleText =
    rule:
    lib.optionalString (who rule != [ ] && rule.commands != [ ]) "${lib.concatStringsSep ", " (who rule)} ${rule.host}=(${rule.runAs}) ${
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
      type = types.listOf types.singleLineStr;
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
      (lib.mkOrder 400 [
        {
          users = [ "root" ];
          commands = [
            {
              command = "ALL";
              options = cfg.defaultOptions;
            }
          ];
        }
      ])
      # What is said with mkBefore still comes before it.
      (lib.mkOrder 600 [
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
