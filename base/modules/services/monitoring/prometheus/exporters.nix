# Exporters: small servers that tell Prometheus how things are.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.prometheus.exporters;

  # Debian's packages, where each listens, and how its address is given.
  known = {
    node = {
      package = "prometheus-node-exporter";
      port = 9100;
    };
    blackbox = {
      package = "prometheus-blackbox-exporter";
      port = 9115;
    };
    postgres = {
      package = "prometheus-postgres-exporter";
      port = 9187;
    };
    nginx = {
      package = "prometheus-nginx-exporter";
      port = 9113;
    };
    redis = {
      package = "prometheus-redis-exporter";
      port = 9121;
    };
    process = {
      package = "prometheus-process-exporter";
      port = 9256;
    };
    snmp = {
      package = "prometheus-snmp-exporter";
      port = 9116;
    };
    bind = {
      package = "prometheus-bind-exporter";
      port = 9119;
    };
    haproxy = {
      package = "prometheus-haproxy-exporter";
      port = 9101;
    };
    mysqld = {
      package = "prometheus-mysqld-exporter";
      port = 9104;
    };
  };

  exporter =
    name: facts:
    {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the exporter for ${name} runs.";
      };
      port = mkOption {
        type = types.port;
        default = facts.port;
        description = "Port that is listened on.";
      };
      listenAddress = mkOption {
        type = types.str;
        default = "0.0.0.0";
        description = "Address that is listened on.";
      };
      extraFlags = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Further arguments.";
      };
      openFirewall = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the firewall lets connections in.";
      };
      firewallFilter = mkOption {
        type = types.nullOr types.str;
        default = null;
        visible = false;
        description = "Not supported; use firewallRules.";
      };
      firewallRules = mkOption {
        type = types.nullOr types.lines;
        default = null;
        description = "Rules of nftables that let connections in.";
      };
      user = mkOption {
        type = types.str;
        default = "${name}-exporter";
        description = "Who it runs as.";
      };
      group = mkOption {
        type = types.str;
        default = "${name}-exporter";
        description = "Group it runs as.";
      };
    }
    // lib.optionalAttrs (name == "node") {
      enabledCollectors = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "systemd" ];
        description = "Collectors beside the usual.";
      };
      disabledCollectors = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "timex" ];
        description = "Collectors that are left out.";
      };
    };

  flagsOf =
    name: settings:
    lib.optionals (name == "node") (
      map (collector: "--collector.${collector}") settings.enabledCollectors
      ++ map (collector: "--no-collector.${collector}") settings.disabledCollectors
    )
    ++ settings.extraFlags;

  program = name: known.${name}.package;

  serviceOf = name: settings: {
    description = "Prometheus exporter for ${name}";
    wantedBy = [ "multi-user.target" ];
    after = [ "network.target" ];
    serviceConfig = {
      ExecStart = lib.concatStringsSep " " (
        [
          "/usr/bin/${program name}"
          "--web.listen-address=${settings.listenAddress}:${toString settings.port}"
        ]
        ++ flagsOf name settings
      );
      Restart = "always";
      DynamicUser = true;
      User = settings.user;
      Group = settings.group;
      CapabilityBoundingSet = "";
      LockPersonality = true;
      MemoryDenyWriteExecute = true;
      NoNewPrivileges = true;
      PrivateDevices = true;
      PrivateTmp = true;
      ProtectClock = name != "node";
      ProtectControlGroups = true;
      ProtectHome = true;
      ProtectKernelModules = true;
      ProtectKernelTunables = true;
      ProtectSystem = "strict";
      RestrictNamespaces = true;
      RestrictSUIDSGID = true;
      SystemCallArchitectures = "native";
      RestrictAddressFamilies = "AF_INET AF_INET6 AF_UNIX${lib.optionalString (name == "node") " AF_NETLINK"}";
    };
  };

  enabled = lib.filterAttrs (_: settings: settings.enable) (lib.getAttrs (builtins.attrNames known) cfg);
  opened = lib.filterAttrs (_: settings: settings.openFirewall) enabled;
in
{
  options.services.prometheus.exporters = lib.mapAttrs exporter known;

  config = lib.mkIf (enabled != { }) {
    image.debianPackages = lib.mapAttrsToList (name: _: known.${name}.package) enabled;
    networking.firewall.allowedTCPPorts = lib.concatLists (
      lib.mapAttrsToList (_: settings: lib.optional (settings.firewallRules == null) settings.port) opened
    );
    networking.firewall.extraInputRules = lib.concatStrings (
      lib.mapAttrsToList (_: settings: lib.optionalString (settings.firewallRules != null) settings.firewallRules) opened
    );
    systemd.services = lib.mapAttrs' (
      name: settings: lib.nameValuePair "prometheus-${name}-exporter" (serviceOf name settings)
    ) enabled;
  };
}
