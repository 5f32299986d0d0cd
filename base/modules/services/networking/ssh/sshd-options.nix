# Options of the ssh server, older names among them.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.openssh;
  keys = import ./authorized-keys.nix { inherit lib; };

  value = types.nullOr (types.oneOf [ types.bool types.int types.singleLineStr ]);

  setting =
    default: description:
    mkOption {
      type = value;
      inherit default description;
    };
  words =
    default: description:
    mkOption {
      type = types.nullOr (types.listOf types.singleLineStr);
      inherit default description;
    };

  # /etc is read-only: a key that NixOS has there is on the state partition here.
  statePath =
    path: if lib.hasPrefix "/etc/ssh/" path then "/var/lib/ssh/${lib.removePrefix "/etc/ssh/" path}" else path;

  hostKey = types.submodule {
    options = {
      type = mkOption {
        type = types.enum [
          "ed25519"
          "ecdsa"
          "rsa"
        ];
        default = "ed25519";
        description = "Kind of the key.";
      };
      path = mkOption {
        type = types.str;
        apply = statePath;
        description = "Where the key is kept. A path below /etc/ssh means the same name below /var/lib/ssh.";
      };
      bits = mkOption {
        type = types.nullOr types.int;
        default = null;
        description = "Size of the key.";
      };
      rounds = mkOption {
        type = types.nullOr types.int;
        default = null;
        description = "Rounds of the key derivation.";
      };
      openSSHFormat = mkOption {
        type = types.bool;
        default = true;
        visible = false;
        description = "Accepted; keys have OpenSSH's format.";
      };
      comment = mkOption {
        type = types.nullOr types.str;
        default = null;
        visible = false;
        description = "Accepted without effect.";
      };
    };
  };

  renamed =
    old: new:
    lib.mkRenamedOptionModule [ "services" "openssh" old ] [
      "services"
      "openssh"
      "settings"
      new
    ];
in
{
  imports = [
    (lib.mkAliasOptionModule [ "services" "sshd" "enable" ] [ "services" "openssh" "enable" ])
    (renamed "permitRootLogin" "PermitRootLogin")
    (renamed "passwordAuthentication" "PasswordAuthentication")
    (renamed "challengeResponseAuthentication" "KbdInteractiveAuthentication")
    (renamed "kbdInteractiveAuthentication" "KbdInteractiveAuthentication")
    (renamed "forwardX11" "X11Forwarding")
    (renamed "useDns" "UseDns")
    (renamed "gatewayPorts" "GatewayPorts")
    (renamed "logLevel" "LogLevel")
    (renamed "ciphers" "Ciphers")
    (renamed "macs" "Macs")
    (renamed "kexAlgorithms" "KexAlgorithms")
    (renamed "allowGroups" "AllowGroups")
    (lib.mkAliasOptionModule [ "services" "openssh" "knownHosts" ] [ "programs" "ssh" "knownHosts" ])
  ];

  options = {
    services.openssh = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the ssh server runs.";
      };
      package = mkOption {
        type = types.raw;
        default = null;
        visible = false;
        description = "Accepted; the server is Debian's.";
      };
      startWhenNeeded = mkOption {
        type = types.bool;
        default = false;
        description = "Accepted; the server always runs.";
      };
      ports = mkOption {
        type = types.listOf types.port;
        default = [ 22 ];
        description = "Ports that are listened on.";
      };
      listenAddresses = mkOption {
        type = types.listOf (
          types.submodule {
            options = {
              addr = mkOption {
                type = types.str;
                description = "Address.";
              };
              port = mkOption {
                type = types.nullOr types.port;
                default = null;
                description = "Port.";
              };
            };
          }
        );
        default = [ ];
        description = "Addresses that are listened on; all unless given.";
      };
      openFirewall = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the firewall lets connections in.";
      };
      hostKeys = mkOption {
        type = types.listOf hostKey;
        default = [ { path = "/var/lib/ssh/ssh_host_ed25519_key"; } ];
        description = "Keys of the machine, made when it first boots.";
      };
      generateHostKeys = mkOption {
        type = types.bool;
        default = cfg.enable;
        defaultText = lib.literalExpression "config.services.openssh.enable";
        description = "Whether missing host keys are made.";
      };
      banner = mkOption {
        type = types.nullOr types.lines;
        default = null;
        description = "Text shown before the login.";
      };
      allowSFTP = mkOption {
        type = types.bool;
        default = true;
        description = "Whether files can be transferred by SFTP.";
      };
      sftpServerExecutable = mkOption {
        type = types.str;
        default = "internal-sftp";
        description = "The program that serves SFTP.";
      };
      sftpFlags = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Its arguments.";
      };
      authorizedKeysFiles = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Files with the keys of users.";
      };
      authorizedKeysInHomedir = mkOption {
        type = types.bool;
        default = true;
        description = "Whether users may put keys into their homes.";
      };
      authorizedKeysCommand = mkOption {
        type = types.str;
        default = "none";
        description = "Program that knows further keys.";
      };
      authorizedKeysCommandUser = mkOption {
        type = types.str;
        default = "nobody";
        description = "Who it runs as.";
      };
      moduliFile = mkOption {
        type = types.nullOr types.path;
        default = null;
        description = "Groups for the key exchange; Debian's unless given.";
      };
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        description = "Further lines of sshd_config.";
      };
      settings = mkOption {
        default = { };
        description = "Settings as in sshd_config(5).";
        type = types.submodule {
          freeformType = types.attrsOf (types.nullOr (types.either value (types.listOf types.singleLineStr)));
          options = {
            PermitRootLogin = setting "prohibit-password" "Whether and how root may log in." // {
              type = types.enum [
                "yes"
                "without-password"
                "prohibit-password"
                "forced-commands-only"
                "no"
              ];
            };
            PasswordAuthentication = setting false "Whether passwords are accepted.";
            KbdInteractiveAuthentication = setting false "Whether questions may be asked.";
            UsePAM = setting true "Whether accounts and sessions go through PAM.";
            X11Forwarding = setting false "Whether X11 is forwarded.";
            LogLevel = setting "INFO" "How much is logged.";
            UseDns = setting false "Whether names of clients are looked up.";
            GatewayPorts = setting "no" "Whether forwarded ports are open to others.";
            StrictModes = setting true "Whether modes of files are checked.";
            PrintMotd = setting false "Whether the server itself shows the message of the day.";
            LoginGraceTime = setting 30 "Seconds for a login.";
            MaxAuthTries = setting 4 "How many keys may be tried.";
            AllowUsers = words null "Who may log in.";
            AllowGroups = words null "Whose members may log in.";
            DenyUsers = words null "Who may not log in.";
            DenyGroups = words null "Whose members may not log in.";
            Ciphers = words [
              "chacha20-poly1305@openssh.com"
              "aes256-gcm@openssh.com"
              "aes128-gcm@openssh.com"
              "aes256-ctr"
              "aes192-ctr"
              "aes128-ctr"
            ] "Ciphers; with null OpenSSH's own choice.";
            Macs = words [
              "hmac-sha2-512-etm@openssh.com"
              "hmac-sha2-256-etm@openssh.com"
              "umac-128-etm@openssh.com"
            ] "Message authentication codes; with null OpenSSH's own choice.";
            KexAlgorithms = words [
              "mlkem768x25519-sha256"
              "sntrup761x25519-sha512"
              "sntrup761x25519-sha512@openssh.com"
              "curve25519-sha256"
              "curve25519-sha256@libssh.org"
              "diffie-hellman-group-exchange-sha256"
            ] "Key exchanges; with null OpenSSH's own choice.";
            DebianBanner = setting false "Whether the server's greeting says which of Debian's packages it is.";
            AuthorizedPrincipalsFile = setting "none" "File with names that certificates may carry.";
          };
        };
      };
    };

    users.users = mkOption {
      type = types.attrsOf (types.submodule keys.userOptions);
    };
  };
}
