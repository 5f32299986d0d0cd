# Redis servers.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.redis;

  value = types.oneOf [
    types.bool
    types.int
    types.str
    (types.listOf types.str)
  ];
  text = value: if builtins.isBool value then lib.boolToYesNo value else toString value;
  line =
    name: value:
    if builtins.isList value then
      lib.concatMapStrings (single: "${name} ${single}\n") value
    else
      "${name} ${text value}\n";
  unitName = name: if name == "" then "redis" else "redis-${name}";

  server =
    { name, config, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = false;
          description = "Whether this server runs.";
        };
        user = mkOption {
          type = types.str;
          default = unitName name;
          description = "Who it runs as.";
        };
        group = mkOption {
          type = types.str;
          default = config.user;
          description = "Group it runs as.";
        };
        port = mkOption {
          type = types.port;
          default = if name == "" then 6379 else 0;
          description = "Port that is listened on; 0 for none.";
        };
        openFirewall = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the firewall lets connections in.";
        };
        bind = mkOption {
          type = types.nullOr types.str;
          default = "127.0.0.1";
          description = "Address that is listened on.";
        };
        unixSocket = mkOption {
          type = types.nullOr types.path;
          default = "/run/${unitName name}/redis.sock";
          description = "Socket that is listened on.";
        };
        unixSocketPerm = mkOption {
          type = types.int;
          default = 660;
          description = "Mode of the socket.";
        };
        logLevel = mkOption {
          type = types.str;
          default = "notice";
          description = "How much is logged.";
        };
        databases = mkOption {
          type = types.int;
          default = 16;
          description = "Number of databases.";
        };
        maxclients = mkOption {
          type = types.int;
          default = 10000;
          description = "Greatest number of clients.";
        };
        save = mkOption {
          type = types.listOf (types.listOf types.int);
          default = [
            [
              900
              1
            ]
            [
              300
              10
            ]
            [
              60
              10000
            ]
          ];
          description = "Seconds and changes after which it is written.";
        };
        appendOnly = mkOption {
          type = types.bool;
          default = false;
          description = "Whether each change is written.";
        };
        requirePassFile = mkOption {
          type = types.nullOr types.path;
          default = null;
          description = "File with the password.";
        };
        settings = mkOption {
          type = types.attrsOf value;
          default = { };
          description = "Settings of redis.conf.";
        };
      };
      config.settings = lib.mapAttrs (_: lib.mkDefault) (
        {
          port = config.port;
          daemonize = false;
          supervised = "systemd";
          loglevel = config.logLevel;
          logfile = "\"\"";
          databases = config.databases;
          maxclients = config.maxclients;
          save = if config.save == [ ] then "\"\"" else map (pair: lib.concatMapStringsSep " " toString pair) config.save;
          dbfilename = "dump.rdb";
          dir = "/var/lib/${unitName name}";
          appendonly = config.appendOnly;
        }
        // lib.optionalAttrs (config.bind != null) { inherit (config) bind; }
        // lib.optionalAttrs (config.unixSocket != null) {
          unixsocket = config.unixSocket;
          unixsocketperm = toString config.unixSocketPerm;
        }
      );
    };

  enabled = lib.filterAttrs (_: server: server.enable) cfg.servers;
in
{
  options.services.redis = {
    package = mkOption {
      type = types.raw;
      default = null;
      visible = false;
      description = "Accepted; the program is Debian's.";
    };
    vmOverCommit = mkOption {
      type = types.bool;
      default = enabled != { };
      description = "Whether the kernel promises more memory than there is, which writing in the background wants.";
    };
    servers = mkOption {
      type = types.attrsOf (types.submodule server);
      default = { };
      description = "Servers by name; the one without name is called redis.";
    };
  };

  config = lib.mkIf (enabled != { }) {
    image.debianPackages = [ "redis-server" ];
    boot.kernel.sysctl = lib.mkIf cfg.vmOverCommit { "vm.overcommit_memory" = lib.mkDefault 1; };
    networking.firewall.allowedTCPPorts = lib.concatLists (
      lib.mapAttrsToList (_: server: lib.optional server.openFirewall server.port) enabled
    );
    users.users = lib.mapAttrs' (
      _: server:
      lib.nameValuePair server.user {
        isSystemUser = true;
        inherit (server) group;
      }
    ) enabled;
    users.groups = lib.mapAttrs' (_: server: lib.nameValuePair server.group { }) enabled;
    environment.etc = lib.mapAttrs' (
      name: server:
      lib.nameValuePair "redis/${unitName name}.conf" {
        text = lib.concatStrings (lib.mapAttrsToList line server.settings);
      }
    ) enabled;
    systemd.services = lib.mapAttrs' (
      name: server:
      lib.nameValuePair (unitName name) {
        description = "Redis ${name}";
        wantedBy = [ "multi-user.target" ];
        after = [ "network.target" ];
        serviceConfig = {
          Type = "notify";
          ExecStart =
            if server.requirePassFile == null then
              "/usr/bin/redis-server /etc/redis/${unitName name}.conf"
            else
              "/usr/bin/bash -c 'exec /usr/bin/redis-server /etc/redis/${unitName name}.conf --requirepass \"$(cat %d/password)\"'";
          LoadCredential = lib.mkIf (server.requirePassFile != null) "password:${server.requirePassFile}";
          User = server.user;
          Group = server.group;
          StateDirectory = unitName name;
          StateDirectoryMode = "0700";
          RuntimeDirectory = unitName name;
          RuntimeDirectoryMode = "0750";
          UMask = "0077";
          NoNewPrivileges = true;
          PrivateTmp = true;
          PrivateDevices = true;
          ProtectHome = true;
          ProtectSystem = "strict";
          ProtectKernelModules = true;
          ProtectKernelTunables = true;
          ProtectControlGroups = true;
          RestrictSUIDSGID = true;
        };
      }
    ) enabled;
  };
}
