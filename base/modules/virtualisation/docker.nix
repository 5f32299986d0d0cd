# Docker, as Debian ships it.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.virtualisation.docker;
in
{
  options.virtualisation.docker = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether Docker runs. Members of the group docker are root in effect.";
    };
    enableOnBoot = mkOption {
      type = types.bool;
      default = true;
      description = "Whether it starts when the machine boots, rather than when it is used.";
    };
    package = mkOption {
      type = types.raw;
      default = null;
      visible = false;
      description = "Accepted; the program is Debian's.";
    };
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages whose programs Docker uses.";
    };
    daemon.settings = mkOption {
      type = types.attrsOf types.anything;
      default = { };
      example = {
        ipv6 = true;
      };
      description = "Settings of daemon.json.";
    };
    listenOptions = mkOption {
      type = types.listOf types.str;
      default = [ "/run/docker.sock" ];
      description = "Sockets that are listened on.";
    };
    storageDriver = mkOption {
      type = types.nullOr (
        types.enum [
          "aufs"
          "btrfs"
          "devicemapper"
          "overlay"
          "overlay2"
          "zfs"
        ]
      );
      default = null;
      description = "How layers are kept.";
    };
    logDriver = mkOption {
      type = types.str;
      default = "journald";
      description = "Where containers' messages go.";
    };
    liveRestore = mkOption {
      type = types.bool;
      default = true;
      description = "Whether containers go on while Docker restarts.";
    };
    enableNvidia = mkOption {
      type = types.bool;
      default = false;
      visible = false;
      description = "Not supported.";
    };
    extraOptions = mkOption {
      type = types.separatedString " ";
      default = "";
      description = "Further arguments.";
    };
    autoPrune = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether what is not used is deleted.";
      };
      flags = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Arguments of docker system prune.";
      };
      dates = mkOption {
        type = types.str;
        default = "weekly";
        description = "When.";
      };
      persistent = mkOption {
        type = types.bool;
        default = true;
        description = "Whether it is made up for when the machine was off.";
      };
      randomizedDelaySec = mkOption {
        type = types.str;
        default = "0";
        description = "The most it is put off at random.";
      };
    };
    rootless.enable = mkOption {
      type = types.bool;
      default = false;
      visible = false;
      description = "Not supported.";
    };
  };

  config = lib.mkIf cfg.enable {
    image.debianPackages = [
      "docker.io"
      "docker-cli"
      "iptables"
    ];
    environment.systemPackages = cfg.extraPackages;
    users.groups.docker = { };
    boot.kernelModules = [
      "overlay"
      "br_netfilter"
      "bridge"
      "veth"
      # Loaded on demand otherwise, which security.lockKernelModules forbids.
      "ip_tables"
      "nft_compat"
      "nf_nat"
      "xt_addrtype"
      "xt_conntrack"
      "xt_MASQUERADE"
      "xt_nat"
    ];
    boot.kernel.sysctl = {
      "net.ipv4.conf.all.forwarding" = lib.mkOverride 98 true;
      "net.ipv4.conf.default.forwarding" = lib.mkOverride 98 true;
    };
    # Docker adds tables of its own, which a reload of the firewall must leave alone.
    networking.nftables.flushRuleset = lib.mkDefault false;

    virtualisation.docker.daemon.settings = {
      hosts = [ "fd://" ];
      group = "docker";
      live-restore = lib.mkDefault cfg.liveRestore;
      log-driver = lib.mkDefault cfg.logDriver;
      storage-driver = lib.mkIf (cfg.storageDriver != null) (lib.mkDefault cfg.storageDriver);
    };
    environment.etc."docker/daemon.json".text = builtins.toJSON cfg.daemon.settings;

    systemd.sockets.docker = {
      description = "Docker";
      wantedBy = [ "sockets.target" ];
      listenStreams = cfg.listenOptions;
      socketConfig = {
        SocketMode = "0660";
        SocketUser = "root";
        SocketGroup = "docker";
      };
    };
    systemd.services.docker = {
      description = "Docker";
      wantedBy = lib.optional cfg.enableOnBoot "multi-user.target";
      after = [
        "network.target"
        "docker.socket"
        "nftables.service"
      ];
      requires = [ "docker.socket" ];
      environment = config.networking.proxy.envVars;
      serviceConfig = {
        Type = "notify";
        ExecStart = "/usr/sbin/dockerd --config-file=/etc/docker/daemon.json ${cfg.extraOptions}";
        ExecReload = "/usr/bin/kill -s HUP $MAINPID";
        Delegate = true;
        KillMode = "process";
        LimitNOFILE = "infinity";
        LimitNPROC = "infinity";
        LimitCORE = "infinity";
        TasksMax = "infinity";
        OOMScoreAdjust = -500;
        Restart = "on-failure";
        StateDirectory = "docker";
      };
    };
    systemd.services.docker-prune = lib.mkIf cfg.autoPrune.enable {
      description = "Delete what Docker no longer uses";
      after = [ "docker.service" ];
      requisite = [ "docker.service" ];
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "/usr/bin/docker system prune -f ${lib.concatStringsSep " " cfg.autoPrune.flags}";
      };
    };
    systemd.timers.docker-prune = lib.mkIf cfg.autoPrune.enable {
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = cfg.autoPrune.dates;
        Persistent = cfg.autoPrune.persistent;
        RandomizedDelaySec = cfg.autoPrune.randomizedDelaySec;
      };
    };
  };
}
