# fail2ban shuts out addresses from which too many logins have failed.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.fail2ban;

  value = types.oneOf [
    types.bool
    types.int
    types.str
    (types.listOf types.str)
  ];
  text =
    value:
    if builtins.isBool value then
      lib.boolToString value
    else if builtins.isList value then
      lib.concatStringsSep " " value
    else
      toString value;
  section =
    name: settings:
    "[${name}]\n"
    + lib.concatStrings (lib.mapAttrsToList (key: value: "${key} = ${text value}\n") settings)
    + "\n";

  jail = types.either types.lines (
    types.submodule {
      options = {
        enabled = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the jail is used.";
        };
        filter = mkOption {
          type = types.nullOr (types.either types.str (types.attrsOf (types.attrsOf value)));
          default = null;
          description = "The filter, by name or as text.";
        };
        settings = mkOption {
          type = types.attrsOf value;
          default = { };
          description = "Settings of the jail.";
        };
      };
    }
  );

  jailText =
    name: jail:
    if builtins.isString jail then
      "[${name}]\n${jail}\n"
    else
      section name (
        {
          inherit (jail) enabled;
        }
        // lib.optionalAttrs (builtins.isString jail.filter) { inherit (jail) filter; }
        // jail.settings
      );

  filterFiles = lib.concatMapAttrs (
    name: jail:
    lib.optionalAttrs (!builtins.isString jail && builtins.isAttrs jail.filter) {
      "fail2ban/filter.d/${name}.conf".text = lib.concatStrings (lib.mapAttrsToList section jail.filter);
    }
  ) cfg.jails;
in
{
  options.services.fail2ban = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether fail2ban runs.";
    };
    package = mkOption {
      type = types.raw;
      default = null;
      visible = false;
      description = "Accepted; the program is Debian's.";
    };
    packageFirewall = mkOption {
      type = types.raw;
      default = null;
      visible = false;
      description = "Accepted; the firewall is nftables'.";
    };
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages whose programs actions use.";
    };
    maxretry = mkOption {
      type = types.ints.unsigned;
      default = 3;
      description = "Failures until an address is shut out.";
    };
    bantime = mkOption {
      type = types.str;
      default = "10m";
      description = "For how long.";
    };
    bantime-increment = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether it is longer each time.";
      };
      rndtime = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "The most random time added.";
      };
      maxtime = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "The longest time.";
      };
      factor = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "Factor of the growth.";
      };
      formula = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "Formula of the growth.";
      };
      multipliers = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "Factors in order.";
      };
      overalljails = mkOption {
        type = types.nullOr types.bool;
        default = null;
        description = "Whether all jails count together.";
      };
    };
    banaction = mkOption {
      type = types.str;
      default = "nftables-multiport";
      description = "How an address is shut out of some ports.";
    };
    banaction-allports = mkOption {
      type = types.str;
      default = "nftables-allports";
      description = "How an address is shut out of all ports.";
    };
    ignoreIP = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Addresses that are never shut out.";
    };
    daemonSettings = mkOption {
      type = types.attrsOf (types.attrsOf value);
      default = { };
      description = "Settings of fail2ban.conf.";
    };
    jails = mkOption {
      type = types.attrsOf jail;
      default = { };
      description = "Jails by name.";
    };
  };

  config = lib.mkIf cfg.enable {
    image.debianPackages = [
      "fail2ban"
      "nftables"
      "python3-systemd"
    ];
    image.root.keepEtc = [
      "fail2ban/action.d"
      "fail2ban/filter.d"
      "fail2ban/fail2ban.conf"
      "fail2ban/paths-*.conf"
    ];
    services.fail2ban = {
      daemonSettings.Definition = {
        logtarget = lib.mkDefault "SYSLOG";
        socket = lib.mkDefault "/run/fail2ban/fail2ban.sock";
        pidfile = lib.mkDefault "/run/fail2ban/fail2ban.pid";
        dbfile = lib.mkDefault "/var/lib/fail2ban/fail2ban.sqlite3";
      };
      jails.sshd = lib.mkIf config.services.openssh.enable {
        settings.port = lib.mkDefault (lib.concatMapStringsSep "," toString config.services.openssh.ports);
      };
    };

    environment.systemPackages = cfg.extraPackages;
    environment.etc = {
      "fail2ban/fail2ban.local".text = lib.concatStrings (lib.mapAttrsToList section cfg.daemonSettings);
      "fail2ban/jail.conf".text =
        section "DEFAULT" (
          {
            backend = "systemd";
            inherit (cfg) bantime banaction maxretry;
            banaction_allports = cfg.banaction-allports;
            findtime = "10m";
            ignorecommand = "";
            ignoreip = [
              "127.0.0.1/8"
              "::1"
            ]
            ++ cfg.ignoreIP;
            action = "%(banaction)s[name=%(__name__)s, port=\"%(port)s\", protocol=\"tcp\", chain=\"input\"]";
            filter = "%(__name__)s";
            port = "0:65535";
            enabled = false;
          }
          // lib.optionalAttrs cfg.bantime-increment.enable {
            "bantime.increment" = true;
          }
          // lib.mapAttrs' (name: value: lib.nameValuePair "bantime.${name}" value) (
            lib.filterAttrs (_: value: value != null) (removeAttrs cfg.bantime-increment [ "enable" ])
          )
        )
        + lib.concatStrings (lib.mapAttrsToList jailText cfg.jails);
    }
    // filterFiles;

    systemd.services.fail2ban = {
      description = "Shut out addresses with failed logins";
      wantedBy = [ "multi-user.target" ];
      after = [
        "network.target"
        "nftables.service"
      ];
      partOf = [ "nftables.service" ];
      serviceConfig = {
        ExecStart = "/usr/bin/fail2ban-server -xf start";
        ExecStop = "/usr/bin/fail2ban-server stop";
        ExecReload = "/usr/bin/fail2ban-server reload";
        Restart = "on-failure";
        StateDirectory = "fail2ban";
        RuntimeDirectory = "fail2ban";
        CapabilityBoundingSet = "CAP_AUDIT_READ CAP_DAC_READ_SEARCH CAP_NET_ADMIN CAP_NET_RAW";
        NoNewPrivileges = true;
        PrivateTmp = true;
        PrivateDevices = true;
        ProtectHome = true;
        ProtectSystem = "strict";
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectControlGroups = true;
      };
    };
  };
}
