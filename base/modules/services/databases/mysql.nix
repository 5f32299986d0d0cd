# MariaDB. The data directory is made when the machine first boots.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.mysql;

  value = types.nullOr (types.oneOf [ types.bool types.int types.str types.path ]);
  line =
    name: value:
    if value == null then
      ""
    else if value == true then
      "${name}\n"
    else
      "${name}=${if value == false then "0" else toString value}\n";
  settingsText = lib.concatStrings (
    lib.mapAttrsToList (
      section: settings: "[${section}]\n${lib.concatStrings (lib.mapAttrsToList line settings)}\n"
    ) cfg.settings
  );

  client = "/usr/bin/mariadb --protocol=socket --socket=/run/mysqld/mysqld.sock -N";

  ensure =
    lib.concatMapStrings (
      database: "echo 'CREATE DATABASE IF NOT EXISTS `${database}`;' | ${client}\n"
    ) cfg.ensureDatabases
    + lib.concatMapStrings (
      user:
      "echo \"CREATE USER IF NOT EXISTS '${user.name}'@'localhost' IDENTIFIED WITH unix_socket;\" | ${client}\n"
      + lib.concatStrings (
        lib.mapAttrsToList (
          database: permission: "echo \"GRANT ${permission} ON ${lib.replaceStrings [ "`" ] [ "\\`" ] database} TO '${user.name}'@'localhost';\" | ${client}\n"
        ) user.ensurePermissions
      )
    ) cfg.ensureUsers
    + lib.concatMapStrings (
      database:
      lib.optionalString (database.schema != null) "[ -e ${cfg.dataDir}/.new ] && ${client} ${database.name} < ${database.schema}\n"
    ) cfg.initialDatabases;
in
{
  options.services.mysql = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether MariaDB runs.";
    };
    package = mkOption {
      type = types.nullOr types.raw;
      default = null;
      description = "Accepted; the server is Debian's MariaDB.";
    };
    user = mkOption {
      type = types.str;
      default = "mysql";
      description = "Who it runs as.";
    };
    group = mkOption {
      type = types.str;
      default = "mysql";
      description = "Group it runs as.";
    };
    dataDir = mkOption {
      type = types.str;
      default = "/var/lib/mysql";
      description = "Where the data is.";
    };
    settings = mkOption {
      type = types.attrsOf (types.attrsOf value);
      default = { };
      description = "Settings of my.cnf by section.";
    };
    ensureDatabases = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Databases that are made.";
    };
    ensureUsers = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            name = mkOption {
              type = types.str;
              description = "Name of the user.";
            };
            ensurePermissions = mkOption {
              type = types.attrsOf types.str;
              default = { };
              description = "Permissions by table.";
            };
          };
        }
      );
      default = [ ];
      description = "Users that are made.";
    };
    initialDatabases = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            name = mkOption {
              type = types.str;
              description = "Name of the database.";
            };
            schema = mkOption {
              type = types.nullOr types.path;
              default = null;
              description = "SQL that is run once.";
            };
          };
        }
      );
      default = [ ];
      description = "Databases that are made with new data.";
    };
    initialScript = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "SQL that is run once, with new data.";
    };
  };

  config = lib.mkIf cfg.enable {
    image.debianPackages = [
      "mariadb-server"
      "mariadb-client"
    ];
    users.users = lib.mkIf (cfg.user == "mysql") {
      mysql = {
        isSystemUser = true;
        group = cfg.group;
        home = cfg.dataDir;
        description = "MariaDB";
      };
    };
    users.groups = lib.mkIf (cfg.group == "mysql") { mysql = { }; };
    services.mysql = {
      ensureDatabases = map (database: database.name) cfg.initialDatabases;
      settings.mysqld = {
        datadir = lib.mkDefault cfg.dataDir;
        bind-address = lib.mkDefault "127.0.0.1";
        port = lib.mkDefault 3306;
        socket = lib.mkDefault "/run/mysqld/mysqld.sock";
        pid-file = lib.mkDefault "/run/mysqld/mysqld.pid";
      };
      settings.client.socket = lib.mkDefault "/run/mysqld/mysqld.sock";
    };
    environment.etc."mysql/my.cnf".text = settingsText;
    systemd.services.mysql = {
      description = "MariaDB";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      aliases = [
        "mariadb.service"
        "mysqld.service"
      ];
      preStart = ''
        if [ ! -d ${cfg.dataDir}/mysql ]; then
          /usr/bin/mariadb-install-db --datadir=${cfg.dataDir} --auth-root-authentication-method=socket --auth-root-socket-user=root --skip-test-db
          touch ${cfg.dataDir}/.new
        fi
      '';
      # As root, whom the server knows by its socket.
      serviceConfig.ExecStartPost = "+/usr/lib/hardpan/units/mysql-ensure";
      serviceConfig = {
        Type = "notify";
        User = cfg.user;
        Group = cfg.group;
        ExecStart = "/usr/sbin/mariadbd --defaults-file=/etc/mysql/my.cnf";
        Restart = "on-abort";
        RestartSec = "5s";
        RuntimeDirectory = "mysqld";
        StateDirectory = lib.mkIf (cfg.dataDir == "/var/lib/mysql") "mysql";
        StateDirectoryMode = "0700";
        ReadWritePaths = cfg.dataDir;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectSystem = "strict";
        ProtectKernelModules = true;
        ProtectControlGroups = true;
        TimeoutStartSec = 600;
      };
    };
    image.root.files."/usr/lib/hardpan/units/mysql-ensure" = {
      mode = "0555";
      text = ''
        #!/usr/bin/bash
        set -e
        ${ensure}
        if [ -e ${cfg.dataDir}/.new ]; then
          ${lib.optionalString (cfg.initialScript != null) "${client} < ${cfg.initialScript}"}
          rm -f ${cfg.dataDir}/.new
        fi
      '';
    };
  };
}
