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
      type = types.listOf types.str;
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
      type = types.str;
      default = "/var/lib/chrony";
      description = "Where the state is.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of chrony.conf(5).";
    };
    extraFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further arguments.";
    };
  };

  config = lib.mkIf cfg.enable {
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
        Type = "notify";
        ExecStart = "/usr/sbin/chronyd -n -F 1 ${lib.concatStringsSep " " cfg.extraFlags}";
        StateDirectory = "chrony";
        RuntimeDirectory = "chrony";
        RuntimeDirectoryMode = "0700";
        User = "root";
        CapabilityBoundingSet = "~CAP_AUDIT_CONTROL CAP_AUDIT_READ CAP_AUDIT_WRITE CAP_BLOCK_SUSPEND CAP_KILL CAP_LEASE CAP_LINUX_IMMUTABLE CAP_MKNOD CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_CHROOT CAP_SYS_MODULE CAP_SYS_PACCT CAP_SYS_PTRACE CAP_SYS_RAWIO CAP_SYS_TTY_CONFIG CAP_WAKE_ALARM";
        NoNewPrivileges = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectSystem = "strict";
        ReadWritePaths = cfg.directory;
        ProtectControlGroups = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        RestrictSUIDSGID = true;
      };
    };
  };
}
