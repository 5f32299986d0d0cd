# Caddy, which gets its certificates by itself.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.caddy;

  host =
    { name, ... }:
    {
      options = {
        hostName = mkOption {
          type = types.str;
          default = name;
          description = "Name of the host.";
        };
        serverAliases = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Further names.";
        };
        listenAddresses = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Addresses that are listened on.";
        };
        useACMEHost = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "The host whose certificate of security.acme is used.";
        };
        logFormat = mkOption {
          type = types.nullOr types.lines;
          default = null;
          description = "How accesses are logged.";
        };
        extraConfig = mkOption {
          type = types.lines;
          default = "";
          description = "What the host does.";
        };
      };
    };

  hostText =
    host:
    let
      directory = config.security.acme.certs.${host.useACMEHost}.directory;
    in
    ''
      ${host.hostName} ${lib.concatStringsSep " " host.serverAliases} {
      ${lib.optionalString (host.listenAddresses != [ ]) "bind ${lib.concatStringsSep " " host.listenAddresses}"}
      ${lib.optionalString (host.useACMEHost != null) "tls ${directory}/fullchain.pem ${directory}/key.pem"}
      ${lib.optionalString (host.logFormat != null) "log {\n${host.logFormat}\n}"}
      ${host.extraConfig}
      }
    '';

  text = ''
    {
    ${lib.optionalString (cfg.email != null) "email ${cfg.email}"}
    ${lib.optionalString (cfg.acmeCA != null) "acme_ca ${cfg.acmeCA}"}
    ${cfg.globalConfig}
    }
    ${cfg.extraConfig}
    ${lib.concatMapStrings hostText (builtins.attrValues cfg.virtualHosts)}
  '';
in
{
  options.services.caddy = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether Caddy runs.";
    };
    package = mkOption {
      type = types.raw;
      default = null;
      visible = false;
      description = "Accepted; the program is Debian's.";
    };
    user = mkOption {
      type = types.str;
      default = "caddy";
      description = "Who it runs as.";
    };
    group = mkOption {
      type = types.str;
      default = "caddy";
      description = "Group it runs as.";
    };
    dataDir = mkOption {
      type = types.str;
      default = "/var/lib/caddy";
      description = "Where certificates are kept.";
    };
    logDir = mkOption {
      type = types.str;
      default = "/var/log/caddy";
      description = "Where accesses are logged.";
    };
    email = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Who hears of expiring certificates.";
    };
    acmeCA = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The authority.";
    };
    adapter = mkOption {
      type = types.str;
      default = "caddyfile";
      description = "Format of `configFile`.";
    };
    configFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "File with the settings, instead of hosts.";
    };
    globalConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Settings of all hosts.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines.";
    };
    logFormat = mkOption {
      type = types.lines;
      default = "level ERROR";
      description = "Accepted; messages go to the journal.";
    };
    enableReload = mkOption {
      type = types.bool;
      default = true;
      description = "Accepted; an image is replaced as a whole.";
    };
    resume = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted without effect.";
    };
    environmentFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "File with environment variables.";
    };
    virtualHosts = mkOption {
      type = types.attrsOf (types.submodule host);
      default = { };
      description = "Hosts by name.";
    };
  };

  config = lib.mkIf cfg.enable {
    image.debianPackages = [ "caddy" ];
    users.users = lib.mkIf (cfg.user == "caddy") {
      caddy = {
        isSystemUser = true;
        group = cfg.group;
        home = cfg.dataDir;
        description = "Caddy";
      };
    };
    users.groups = lib.mkIf (cfg.group == "caddy") { caddy = { }; };
    environment.etc."caddy/Caddyfile" =
      if cfg.configFile != null then { source = cfg.configFile; } else { inherit text; };
    boot.kernel.sysctl = {
      "net.core.rmem_max" = lib.mkDefault 2500000;
      "net.core.wmem_max" = lib.mkDefault 2500000;
    };
    systemd.services.caddy = {
      description = "Web server Caddy";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      environment = {
        XDG_DATA_HOME = "/var/lib";
        XDG_CONFIG_HOME = cfg.dataDir;
        HOME = cfg.dataDir;
      };
      serviceConfig = {
        Type = "notify";
        ExecStart = "/usr/bin/caddy run --config /etc/caddy/Caddyfile --adapter ${cfg.adapter}";
        ExecReload = "/usr/bin/caddy reload --config /etc/caddy/Caddyfile --adapter ${cfg.adapter} --force";
        User = cfg.user;
        Group = cfg.group;
        EnvironmentFile = lib.mkIf (cfg.environmentFile != null) cfg.environmentFile;
        StateDirectory = lib.mkIf (cfg.dataDir == "/var/lib/caddy") "caddy";
        LogsDirectory = lib.mkIf (cfg.logDir == "/var/log/caddy") "caddy";
        ReadWritePaths = [
          cfg.dataDir
          cfg.logDir
        ];
        TimeoutStopSec = "5s";
        LimitNOFILE = 1048576;
        Restart = "on-failure";
        RestartPreventExitStatus = 1;
        AmbientCapabilities = "CAP_NET_BIND_SERVICE CAP_NET_ADMIN";
        NoNewPrivileges = true;
        PrivateTmp = true;
        PrivateDevices = true;
        ProtectHome = true;
        ProtectSystem = "strict";
      };
    };
  };
}
