# PAM: one whole file for each service. Debian's shared files (common-auth and the like) are written by a maintainer
# script and are not used.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.security.pam;

  switch =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };

  rule = import ./pam/rule.nix { inherit lib; };

  settingsArguments =
    settings:
    lib.concatLists (
      lib.mapAttrsToList (
        name: value:
        if value == true then
          [ name ]
        else if value == null || value == false then
          [ ]
        else
          [ "${name}=${toString value}" ]
      ) settings
    );

  kinds = [
    "account"
    "auth"
    "password"
    "session"
  ];

  # An argument as libpam reads it: brackets hold blanks together, and nothing can hold what ends a line.
  argumentText =
    rule: word:
    if lib.hasInfix "#" word || lib.hasInfix "\n" word || lib.hasSuffix "\\" word then
      throw "An argument of the PAM rule `${rule.name}' is ${builtins.toJSON word}; a file of PAM has no way to write a number sign, a line break, or a backslash at the end. Put it into a file that the module reads."
    else if builtins.match ".*[[:space:]].*|\\[.*|" word != null then
      "[${lib.replaceStrings [ "]" ] [ "\\]" ] word}]"
    else
      word;

  ruleText =
    kind: rule:
    let
      arguments = map (argumentText rule) (rule.args ++ settingsArguments rule.settings);
    in
    lib.concatStringsSep " " (
      [
        kind
        rule.control
        rule.modulePath
      ]
      ++ arguments
    )
    + "\n";

  rulesText =
    rules:
    lib.concatMapStrings (
      kind:
      lib.concatMapStrings (ruleText kind) (
        builtins.sort (a: b: a.order < b.order) (
          builtins.filter (rule: rule.enable) (builtins.attrValues rules.${kind})
        )
      )
    ) kinds;

  serviceModule =
    { name, config, ... }:
    {
      options = {
        enable = switch true "Whether the file is there.";
        name = mkOption {
          type = types.str;
          default = name;
          description = "Name of the service.";
        };
        rules = lib.genAttrs kinds (
          kind:
          mkOption {
            type = types.attrsOf rule;
            default = { };
            description = "Rules of the kind ${kind}.";
          }
        );
        unixAuth = switch true "Whether the password of the account is accepted.";
        rootOK = switch false "Whether root needs no password.";
        allowNullPassword = switch false "Whether an account without password may log in.";
        nodelay = switch false "Whether there is no pause after a wrong password.";
        startSession = switch false "Whether the session is registered with systemd-logind.";
        setEnvironment = switch true "Whether environment.sessionVariables are set.";
        setLoginUid = mkOption {
          type = types.bool;
          default = config.startSession;
          description = "Whether audit records name who logged in.";
        };
        showMotd = switch false "Whether the message of the day is shown.";
        makeHomeDir = switch false "Whether a missing home is made.";
        updateWtmp = switch false "Whether the login is written to wtmp.";
        logFailures = switch false "Whether failures are counted.";
        requireWheel = switch false "Whether only members of wheel may use it.";
        limits = mkOption {
          type = types.listOf types.raw;
          default = [ ];
          visible = false;
          description = "Limits for this service; security.pam.loginLimits hold for all.";
        };
        failDelay = {
          enable = switch false "Whether there is a pause after each failure.";
          delay = mkOption {
            type = types.int;
            default = 3000000;
            description = "Length of the pause in microseconds.";
          };
        };
        ttyAudit.enable = switch false "Accepted without effect.";
        forwardXAuth = switch false "Accepted without effect.";
        sshAgentAuth = switch false "Not supported.";
        googleAuthenticator.enable = switch false "Whether a one-time code is asked for.";
        text = mkOption {
          type = types.nullOr types.lines;
          description = "The whole file.";
        };
      };

      config = {
        text = lib.mkDefault (rulesText config.rules);
        rules = import ./pam/rules.nix { inherit lib; } config;
      };
    };

  services = lib.filterAttrs (_: service: service.enable) cfg.services;

  limitText = limit: "${limit.domain} ${limit.type} ${limit.item} ${toString limit.value}\n";
in
{
  options.users = {
    motd = mkOption {
      type = types.nullOr types.lines;
      default = null;
      description = "Message of the day.";
    };
    motdFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "File with the message of the day.";
    };
  };

  options.security = {
    pam = {
      services = mkOption {
        type = types.attrsOf (types.submodule serviceModule);
        default = { };
        description = "Services by name.";
      };
      loginLimits = mkOption {
        type = types.listOf (
          types.submodule {
            options = {
              domain = mkOption {
                type = types.strMatching "[^[:space:]#]+";
                description = "Whom it is for.";
              };
              type = mkOption {
                type = types.enum [
                  "-"
                  "hard"
                  "soft"
                ];
                default = "-";
                description = "Kind of the limit.";
              };
              item = mkOption {
                type = types.strMatching "[^[:space:]#]+";
                description = "What is limited.";
              };
              value = mkOption {
                type = types.either (types.strMatching "[^[:space:]#]+") types.int;
                description = "The limit.";
              };
            };
          }
        );
        default = [ ];
        description = "Limits of sessions.";
      };
    };
    pam.u2f = mkOption {
      type = types.raw;
      default = { };
      visible = false;
      description = "Not supported.";
    };
  };

  config = {
    image.debianPackages = [
      "libpam-modules"
      "libpam-modules-bin"
      "libpam-systemd"
    ]
    ++ lib.optional (lib.any (service: service.googleAuthenticator.enable) (builtins.attrValues services)) "libpam-google-authenticator";

    # The helper that checks passwords for programs that are not root reads /etc/shadow.
    image.root.permissions = [
      {
        path = "/usr/sbin/unix_chkpwd";
        mode = "2755";
        user = "root";
        group = "shadow";
      }
    ];

    security.pam.services = {
      login = {
        startSession = true;
        failDelay.enable = true;
        showMotd = true;
        updateWtmp = true;
      };
      su = {
        rootOK = true;
      };
      su-l = {
        rootOK = true;
      };
      runuser = {
        rootOK = true;
        unixAuth = false;
      };
      runuser-l = {
        rootOK = true;
        unixAuth = false;
      };
      systemd-user = {
        startSession = true;
        unixAuth = false;
      };
      systemd-run0 = { };
      passwd = { };
      chpasswd = {
        rootOK = true;
      };
      other.text = lib.concatMapStrings (
        kind: "${kind} required pam_warn.so\n${kind} required pam_deny.so\n"
      ) kinds;
    };

    environment.etc =
      lib.hardpan.distinct (
        path: "Several of security.pam.services are called ${lib.removePrefix "pam.d/" path} and differ. Give one another name."
      ) (lib.mapAttrsToList (_: service: lib.nameValuePair "pam.d/${service.name}" { inherit (service) text; }) services)
      // {
        "security/opasswd" = {
          text = "";
          mode = "0600";
        };
        "security/limits.d/10-nixos.conf" = lib.mkIf (cfg.loginLimits != [ ]) {
          text = lib.concatMapStrings limitText cfg.loginLimits;
        };
        motd = lib.mkIf (config.users.motd != null || config.users.motdFile != null) {
          text = lib.mkIf (config.users.motd != null) config.users.motd;
          source = lib.mkIf (config.users.motd == null) config.users.motdFile;
        };
      };
  };
}
