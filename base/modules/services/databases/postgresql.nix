# PostgreSQL, with NixOS's directories. The cluster is made when the machine first boots.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.postgresql;

  # Debian 13 ships version 17; a package of another version says which it is.
  version =
    if cfg.package == null then
      "17"
    else
      let
        found = builtins.match "postgresql-([0-9]+).*" (cfg.package.debianName or "");
      in
      if found == null then "17" else builtins.head found;
  programs = "/usr/lib/postgresql/${version}/bin";

  text =
    value:
    if value == true then
      "yes"
    else if value == false then
      "no"
    else if builtins.isString value then
      "'${lib.replaceStrings [ "'" "\\" "\n" ] [ "''" "\\\\" "\\n" ] value}'"
    else
      toString value;

  settings = lib.filterAttrs (_: value: value != null) cfg.settings;
  settingsText = lib.concatStrings (lib.mapAttrsToList (name: value: "${name} = ${text value}\n") settings);

  quoteName = name: "\"${lib.replaceStrings [ "\"" ] [ "\"\"" ] name}\"";
  quoteText = text: "'${lib.replaceStrings [ "'" ] [ "''" ] text}'";

  user = types.submodule {
    options = {
      name = mkOption {
        type = types.str;
        description = "Name of the user.";
      };
      ensureDBOwnership = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the user owns the database of the same name.";
      };
      ensureClauses = mkOption {
        type = types.attrsOf (types.nullOr types.bool);
        default = { };
        example = {
          createdb = true;
        };
        description = "Attributes of the user.";
      };
      ensurePermissions = mkOption {
        type = types.attrsOf types.str;
        default = { };
        visible = false;
        description = "Not supported; use ensureDBOwnership.";
      };
    };
  };

  psql = "${programs}/psql --port=${toString cfg.settings.port} --no-psqlrc -tA";

  clause = name: wanted: lib.optionalString (wanted != null) " ${lib.optionalString (!wanted) "no"}${name}";

  run = sql: "${psql} -c ${lib.escapeShellArg sql}";

  ensure =
    lib.concatMapStrings (database: ''
      ${run "SELECT 1 FROM pg_database WHERE datname = ${quoteText database}"} | /usr/bin/grep -q 1 || ${run "CREATE DATABASE ${quoteName database}"}
    '') cfg.ensureDatabases
    + lib.concatMapStrings (
      user:
      let
        clauses = lib.concatStrings (lib.mapAttrsToList clause user.ensureClauses);
      in
      ''
        ${run "SELECT 1 FROM pg_roles WHERE rolname = ${quoteText user.name}"} | /usr/bin/grep -q 1 || ${run "CREATE USER ${quoteName user.name}"}
        ${lib.optionalString (clauses != "") (run "ALTER ROLE ${quoteName user.name}${clauses}")}
        ${lib.optionalString user.ensureDBOwnership (
          run "ALTER DATABASE ${quoteName user.name} OWNER TO ${quoteName user.name}"
        )}
      ''
    ) cfg.ensureUsers;
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "services" "postgresql" "port" ] [ "services" "postgresql" "settings" "port" ])
    (lib.mkRenamedOptionModule [ "services" "postgresql" "extraPlugins" ] [ "services" "postgresql" "extensions" ])
  ];

  options.services.postgresql = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether PostgreSQL runs.";
    };
    package = mkOption {
      type = types.nullOr types.package;
      default = null;
      example = lib.literalExpression "pkgs.postgresql_17";
      description = "The server; Debian's version unless given.";
    };
    enableJIT = mkOption {
      type = types.bool;
      default = false;
      description = "Whether queries are compiled.";
    };
    enableTCPIP = mkOption {
      type = types.bool;
      default = false;
      description = "Whether other machines are listened to.";
    };
    checkConfig = mkOption {
      type = types.bool;
      default = true;
      description = "Whether PostgreSQL reads its settings while the image is built.";
    };
    dataDir = mkOption {
      type = types.str;
      default = "/var/lib/postgresql/${version}";
      description = "Where the cluster is.";
    };
    authentication = mkOption {
      type = types.lines;
      default = "";
      description = "Lines of pg_hba.conf; later ones of several modules come first by mkOverride.";
    };
    identMap = mkOption {
      type = types.lines;
      default = "";
      description = "Lines of pg_ident.conf.";
    };
    initdbArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Arguments of initdb.";
    };
    initialScript = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "SQL that is run once, with a new cluster.";
    };
    ensureDatabases = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Databases that are made.";
    };
    ensureUsers = mkOption {
      type = types.listOf user;
      default = [ ];
      description = "Users that are made.";
    };
    extensions = mkOption {
      type = types.coercedTo (types.functionTo (types.listOf types.package)) (list: list (pkgs.postgresqlPackages or { })) (
        types.listOf types.package
      );
      default = [ ];
      description = "Packages with extensions.";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (
          types.nullOr (
            types.oneOf [
              types.bool
              types.float
              types.int
              types.str
            ]
          )
        );
        options = {
          port = mkOption {
            type = types.port;
            default = 5432;
            description = "Port that is listened on.";
          };
          shared_preload_libraries = mkOption {
            type = types.nullOr (types.coercedTo (types.listOf types.str) (lib.concatStringsSep ",") types.commas);
            default = null;
            example = [ "auto_explain" ];
            description = "Libraries that the server loads when it starts; those of all modules are joined.";
          };
        };
      };
      default = { };
      description = "Settings of postgresql.conf.";
    };
    superUser = mkOption {
      type = types.str;
      default = "postgres";
      internal = true;
      readOnly = true;
      description = "Who owns the cluster.";
    };
  };

  config = lib.mkIf cfg.enable {
    image.debianPackages = [
      "postgresql-${version}"
      "postgresql-client-${version}"
    ];
    # Debian's own wrappers of these choose among clusters, and are written in Perl.
    image.root.files = builtins.listToAttrs (
      map (program: lib.nameValuePair "/usr/bin/${program}" { target = "${programs}/${program}"; }) [
        "createdb"
        "createuser"
        "dropdb"
        "dropuser"
        "pg_dump"
        "pg_dumpall"
        "pg_isready"
        "pg_restore"
        "psql"
        "reindexdb"
        "vacuumdb"
      ]
    );
    environment.systemPackages = cfg.extensions;
    users.users.postgres = {
      isSystemUser = true;
      group = "postgres";
      description = "PostgreSQL";
      home = "/var/lib/postgresql";
      useDefaultShell = true;
    };
    users.groups.postgres = { };

    services.postgresql = {
      settings = {
        hba_file = lib.mkDefault "/etc/postgresql/pg_hba.conf";
        ident_file = lib.mkDefault "/etc/postgresql/pg_ident.conf";
        log_destination = lib.mkDefault "stderr";
        listen_addresses = lib.mkDefault (if cfg.enableTCPIP then "*" else "localhost");
        jit = lib.mkDefault cfg.enableJIT;
        unix_socket_directories = lib.mkDefault "/run/postgresql";
      };
      authentication = lib.mkMerge [
        (lib.mkBefore "# written by hardpan\n")
        (lib.mkAfter ''
          local all postgres peer map=postgres
          local all all peer
          host all all 127.0.0.1/32 scram-sha-256
          host all all ::1/128 scram-sha-256
        '')
      ];
      identMap = lib.mkAfter "postgres postgres postgres\n";
    };

    environment.etc = {
      "postgresql/postgresql.conf".text = settingsText;
      "postgresql/pg_hba.conf".text = cfg.authentication;
      "postgresql/pg_ident.conf".text = cfg.identMap;
    };

    systemd.tmpfiles.rules = [ "d /var/lib/postgresql 0750 postgres postgres -" ];
    systemd.services.postgresql = {
      description = "PostgreSQL";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      environment.PGDATA = cfg.dataDir;
      preStart = ''
        if [ ! -e ${cfg.dataDir}/PG_VERSION ]; then
          ${programs}/initdb -U postgres ${lib.escapeShellArgs cfg.initdbArgs}
          /usr/bin/touch ${cfg.dataDir}/.first_startup
        fi
        /usr/bin/ln -sfn /etc/postgresql/postgresql.conf ${cfg.dataDir}/postgresql.conf
      '';
      postStart = ''
        while ! ${psql} -d postgres -c "" 2>/dev/null; do
          [ -d /proc/$MAINPID ] || exit 1
          /usr/bin/sleep 0.2
        done
        if [ -e ${cfg.dataDir}/.first_startup ]; then
          ${lib.optionalString (cfg.initialScript != null) "${psql} -d postgres -f ${cfg.initialScript}"}
          /usr/bin/rm -f ${cfg.dataDir}/.first_startup
        fi
        ${ensure}
      '';
      serviceConfig = {
        Type = "notify";
        ExecStart = "${programs}/postgres";
        ExecReload = "/usr/bin/kill -HUP $MAINPID";
        User = "postgres";
        Group = "postgres";
        KillSignal = "SIGINT";
        KillMode = "mixed";
        TimeoutSec = 120;
        RuntimeDirectory = "postgresql";
        RuntimeDirectoryMode = "0755";
        StateDirectory = lib.mkIf (lib.hasPrefix "/var/lib/postgresql/" cfg.dataDir) [
          "postgresql"
          (lib.removePrefix "/var/lib/" cfg.dataDir)
        ];
        StateDirectoryMode = "0750";
        NoNewPrivileges = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectSystem = "strict";
        ReadWritePaths = cfg.dataDir;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectControlGroups = true;
      };
    };
  };
}
