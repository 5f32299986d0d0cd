# Prometheus collects measurements.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.prometheus;

  withoutNull =
    value:
    if builtins.isAttrs value then
      lib.mapAttrs (_: withoutNull) (lib.filterAttrs (_: entry: entry != null) value)
    else if builtins.isList value then
      map withoutNull value
    else
      value;

  # JSON is YAML.
  settings = builtins.toJSON (
    withoutNull {
      global = cfg.globalConfig;
      scrape_configs = cfg.scrapeConfigs;
      remote_write = cfg.remoteWrite;
      remote_read = cfg.remoteRead;
      rule_files =
        map (file: "${file}") cfg.ruleFiles ++ lib.optional (cfg.rules != [ ]) "/etc/prometheus/rules.yml";
      alerting.alertmanagers = cfg.alertmanagers;
    }
  );

  freeform = types.listOf (types.attrsOf types.anything);
in
{
  options.services.prometheus = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether Prometheus runs.";
    };
    package = mkOption {
      type = types.raw;
      default = null;
      visible = false;
      description = "Accepted; the program is Debian's.";
    };
    port = mkOption {
      type = types.port;
      default = 9090;
      description = "Port that is listened on.";
    };
    listenAddress = mkOption {
      type = types.str;
      default = "0.0.0.0";
      description = "Address that is listened on.";
    };
    stateDir = mkOption {
      type = types.str;
      default = "prometheus2";
      description = "Directory below /var/lib.";
    };
    retentionTime = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "How long measurements are kept.";
    };
    webExternalUrl = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Address under which others reach it.";
    };
    extraFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further arguments.";
    };
    checkConfig = mkOption {
      type = types.either types.bool (types.enum [ "syntax-only" ]);
      default = true;
      description = "Whether promtool reads the configuration and the rules while the image is built; `\"syntax-only\"` leaves out the files that they name.";
    };
    enableReload = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted; an image is replaced as a whole.";
    };
    globalConfig = mkOption {
      type = types.attrsOf types.anything;
      default = { };
      example = {
        scrape_interval = "15s";
      };
      description = "Settings of the section global.";
    };
    scrapeConfigs = mkOption {
      type = freeform;
      default = [ ];
      description = "What is measured.";
    };
    remoteWrite = mkOption {
      type = freeform;
      default = [ ];
      description = "Where measurements are sent on.";
    };
    remoteRead = mkOption {
      type = freeform;
      default = [ ];
      description = "Where measurements are read from.";
    };
    rules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Rules, each as YAML.";
    };
    ruleFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Files with rules.";
    };
    alertmanagers = mkOption {
      type = freeform;
      default = [ ];
      description = "Where alerts go.";
    };
  };

  config = lib.mkIf cfg.enable {
    image.debianPackages = [ "prometheus" ];
    environment.etc = {
      "prometheus/prometheus.yml".text = settings;
    }
    // lib.optionalAttrs (cfg.rules != [ ]) {
      "prometheus/rules.yml".text = lib.concatStringsSep "\n" cfg.rules;
    };
    users.users.prometheus = {
      description = "Prometheus";
      isSystemUser = true;
      group = "prometheus";
    };
    users.groups.prometheus = { };
    systemd.services.prometheus = {
      description = "Prometheus";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        ExecStart = lib.concatStringsSep " " (
          [
            "/usr/bin/prometheus"
            "--storage.tsdb.path=/var/lib/${cfg.stateDir}/data"
            "--config.file=/etc/prometheus/prometheus.yml"
            "--web.listen-address=${cfg.listenAddress}:${toString cfg.port}"
          ]
          ++ lib.optional (cfg.retentionTime != null) "--storage.tsdb.retention.time=${cfg.retentionTime}"
          ++ lib.optional (cfg.webExternalUrl != null) "--web.external-url=${cfg.webExternalUrl}"
          ++ cfg.extraFlags
        );
        ExecReload = "/usr/bin/kill -HUP $MAINPID";
        User = "prometheus";
        Restart = "always";
        StateDirectory = cfg.stateDir;
        StateDirectoryMode = "0700";
        WorkingDirectory = "/var/lib/${cfg.stateDir}";
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
