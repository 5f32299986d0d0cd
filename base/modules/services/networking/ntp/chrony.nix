# Time from the network, by chrony.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.chrony;
in
{
  options.services.chrony = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether chrony keeps the time.";
    };
    package = mkOption {
      type = types.raw;
      default = null;
      visible = false;
      description = "Accepted; the program is Debian's.";
    };
    servers = mkOption {
      type = types.listOf types.singleLineStr;
      default = config.networking.timeServers;
      defaultText = lib.literalExpression "config.networking.timeServers";
      description = "Servers that are asked.";
    };
    serverOption = mkOption {
      type = types.enum [
        "iburst"
        "offline"
      ];
      default = "iburst";
      description = "How they are asked at first.";
    };
    enableNTS = mkOption {
      type = types.bool;
      default = false;
      description = "Whether answers are authenticated by NTS.";
    };
    enableRTCTrimming = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted without effect.";
    };
    autotrimThreshold = mkOption {
      type = types.ints.positive;
      default = 30;
      visible = false;
      description = "Accepted without effect.";
    };
    enableMemoryLocking = mkOption {
      type = types.nullOr types.bool;
      default = null;
      visible = false;
      description = "Accepted without effect.";
    };
    initstepslew = {
      enabled = mkOption {
        type = types.bool;
        default = true;
        description = "Whether a wrong clock is set at once at first.";
      };
      threshold = mkOption {
        type = types.either types.float types.int;
        default = 1;
        description = "From how many seconds on.";
      };
    };
    makestep = {
      enable = mkOption {
        type = types.bool;
        default = cfg.initstepslew.enabled;
        defaultText = lib.literalExpression "config.services.chrony.initstepslew.enabled";
        description = "Whether a wrong clock is set at once at first.";
      };
      threshold = mkOption {
        type = types.either types.float types.int;
        default = cfg.initstepslew.threshold;
        defaultText = lib.literalExpression "config.services.chrony.initstepslew.threshold";
        description = "From how many seconds on.";
      };
      limit = mkOption {
        type = types.ints.positive;
        default = 3;
        description = "For how many updates.";
      };
    };
    directory = mkOption {
      type = types.singleLineStr;
      default = "/var/lib/chrony";
      description = "Where the state is.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of chrony.conf(5).";
    };
    extraFlags = mkOption {
      type = types.listOf types.singleLineStr;
      default = [ ];
      description = "Further arguments.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.directory == "/var/lib/chrony";
        message = "services.chrony.directory cannot be changed on an image.";
      }
    ];
    services.timesyncd.enable = lib.mkForce false;
    image.debianPackages = [ "chrony" ];
    environment.etc."chrony/chrony.conf".text =
      lib.concatMapStrings (
        server: "server ${server} ${cfg.serverOption}${lib.optionalString cfg.enableNTS " nts"}\n"
      ) cfg.servers
      + ''
        driftfile ${cfg.directory}/chrony.drift
        ntsdumpdir ${cfg.directory}
        rtcsync
        cmdport 0
      ''
      + lib.optionalString cfg.makestep.enable "makestep ${toString cfg.makestep.threshold} ${toString cfg.makestep.limit}\n"
      + cfg.extraConfig;

    systemd.services.chronyd = {
      description = "Time from the network";
      aliases = [ "chrony.service" ];
      wantedBy = [ "multi-user.target" ];
      wants = [ "time-sync.target" ];
      before = [ "time-sync.target" ];
      after = [
        "network.target"
        "nss-lookup.target"
      ];
      conflicts = [ "systemd-timesyncd.service" ];
      unitConfig.ConditionCapability = "CAP_SYS_TIME";
      serviceConfig = {
        Type = "forking";
        PIDFile = "/run/chrony/chronyd.pid";
        User = "_chrony";
        # Begins as root, opens its sockets and becomes the user by itself.
        ExecStart = "!/usr/sbin/chronyd -F 1 ${lib.concatStringsSep " " cfg.extraFlags}";
        StateDirectory = "chrony";
        StateDirectoryMode = "0750";
        LogsDirectory = "chrony";
        LogsDirectoryMode = "0750";
        RuntimeDirectory = "chrony";
        RuntimeDirectoryMode = "0700";
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectSystem = "strict";
        ReadWritePaths = "/run";
        ProtectControlGroups = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        RestrictNamespaces = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
      };
    };
  };
}
