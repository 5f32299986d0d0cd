# systemd: units of the configuration, units of packages, the manager's own settings.
{
  config,
  lib,
  utils,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.systemd;

  kinds = import ./systemd/unit-options.nix {
    inherit lib utils;
    inherit (text) scriptPath;
  };
  text = import ./systemd/unit-text.nix { inherit lib utils; };
  known = import ./systemd/known-units.nix;

  unitsOf =
    description: modules:
    mkOption {
      type = types.attrsOf (types.submodule ([ kinds.unit ] ++ modules));
      default = { };
      inherit description;
    };


  listOf =
    description: modules:
    mkOption {
      type = types.listOf (types.submodule ([ kinds.unit ] ++ modules));
      default = [ ];
      inherit description;
    };

  # What is common to all kinds, with the text.
  unitOf = unit: content: {
    inherit (unit)
      enable
      overrideStrategy
      wantedBy
      requiredBy
      upheldBy
      aliases
      ;
    text = content;
  };

  rendered =
    suffix: render: units:
    lib.mapAttrs' (name: unit: lib.nameValuePair "${name}.${suffix}" (unitOf unit (render unit))) units;

  mountName = where: utils.escapeSystemdPath where;

  # A service with `startAt` has a timer.
  startTimers = lib.mapAttrs (_: service: {
    wantedBy = [ "timers.target" ];
    timerConfig.OnCalendar = service.startAt;
  }) (lib.filterAttrs (_: service: service.enable && service.startAt != [ ]) cfg.services);

  scriptFiles =
    prefix: services:
    lib.concatMapAttrs (
      name: service:
      lib.mapAttrs' (
        step: content:
        lib.nameValuePair (text.scriptPath (prefix + name) step) {
          text = text.scriptText content;
          mode = "0555";
        }
      ) (text.scripts service)
    ) (lib.filterAttrs (_: service: service.enable) services);

  packagedUnits = lib.concatMap (package: known.packages.${package} or [ ]) (
    known.base ++ utils.debianPackagesOf cfg.packages
  );
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "systemd" "extraConfig" ] [ "systemd" "settings" "extraLines" ])
  ];

  options.systemd = {
    units = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            inherit (kinds.unit.options)
              enable
              overrideStrategy
              wantedBy
              requiredBy
              upheldBy
              aliases
              ;
            text = mkOption {
              type = types.nullOr types.str;
              default = null;
              apply = content: if content == null then "" else content;
              description = "Text of the unit file.";
            };
          };
        }
      );
      default = { };
      description = "Units by file name, as text.";
    };
    services = unitsOf "Services." [ kinds.service ];
    sockets = unitsOf "Sockets." [ kinds.socket ];
    timers = unitsOf "Timers." [ kinds.timer ];
    targets = unitsOf "Targets." [ ];
    paths = unitsOf "Units that watch paths." [ kinds.pathUnit ];
    slices = unitsOf "Slices." [ kinds.slice ];
    mounts = listOf "Mounts." [ kinds.mount ];
    automounts = listOf "Mounts made on first use." [ kinds.automount ];
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages whose units are in the image. A Debian package's units are there when the package is.";
    };
    defaultUnit = mkOption {
      type = types.str;
      default = "multi-user.target";
      description = "The target that the machine boots to.";
    };
    ctrlAltDelUnit = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Accepted; a key press does not reboot a server.";
    };
    globalEnvironment = mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [ types.str types.path types.package ]));
      default = { };
      description = "Environment of all units.";
    };
    managerEnvironment = mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [ types.str types.path types.package ]));
      default = { };
      description = "Environment of the manager itself.";
    };
    settings = {
      Manager = mkOption {
        type = kinds.settings;
        default = { };
        example = {
          DefaultTimeoutStopSec = "20s";
        };
        description = "Settings of the manager, as in systemd-system.conf(5).";
      };
      extraLines = mkOption {
        type = types.lines;
        default = "";
        visible = false;
        description = "Further lines for the manager.";
      };
    };
    suppressedSystemUnits = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Units of packages that never run.";
    };
    additionalUpstreamSystemUnits = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Accepted; all units that systemd brings are in the image.";
    };
    enableEmergencyMode = mkOption {
      type = types.bool;
      default = true;
      description = "Whether a machine that cannot boot offers a shell on its console; accounts are locked, so it asks for a password nobody has.";
    };
    generators = mkOption {
      type = types.attrsOf types.path;
      default = { };
      description = "Programs that make units when the machine boots.";
    };
    watchdog = {
      device = mkOption {
        type = types.nullOr types.path;
        default = null;
        description = "The watchdog device.";
      };
      runtimeTime = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "How often the watchdog is served.";
      };
      rebootTime = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "How long a reboot may take.";
      };
    };
  };

  config = {
    systemd.units = lib.mkMerge [
      (lib.concatMapAttrs (name: service: {
        "${name}.service" = unitOf service (text.serviceText service);
      }) cfg.services)
      (rendered "socket" text.socketText cfg.sockets)
      (rendered "timer" text.timerText cfg.timers)
      (rendered "target" text.targetText cfg.targets)
      (rendered "path" text.pathText cfg.paths)
      (rendered "slice" text.sliceText cfg.slices)
      (lib.mkMerge (
        map (mount: { "${mountName mount.where}.mount" = unitOf mount (text.mountText mount); }) cfg.mounts
      ))
      (lib.mkMerge (
        map (automount: {
          "${mountName automount.where}.automount" = unitOf automount (text.automountText automount);
        }) cfg.automounts
      ))
    ];

    systemd.timers = startTimers;

    systemd.settings.Manager = {
      DumpCore = lib.mkDefault false;
      DefaultTimeoutStopSec = lib.mkDefault "20s";
      ManagerEnvironment = lib.mkIf (cfg.managerEnvironment != { }) (text.environmentWords cfg.managerEnvironment);
      DefaultEnvironment = lib.mkIf (cfg.globalEnvironment != { }) (text.environmentWords cfg.globalEnvironment);
      WatchdogDevice = lib.mkIf (cfg.watchdog.device != null) cfg.watchdog.device;
      RuntimeWatchdogSec = lib.mkIf (cfg.watchdog.runtimeTime != null) cfg.watchdog.runtimeTime;
      RebootWatchdogSec = lib.mkIf (cfg.watchdog.rebootTime != null) cfg.watchdog.rebootTime;
    };

    environment.etc."systemd/system.conf".text =
      "[Manager]\n" + text.assignments cfg.settings.Manager + cfg.settings.extraLines;

    image.debianPackages = utils.debianPackagesOf cfg.packages;
    image.root = {
      maskUnits = cfg.suppressedSystemUnits;
      profile = builtins.filter (package: !utils.isDebian package) cfg.packages;
      files =
        import ./systemd/unit-files.nix {
          inherit lib;
          directory = "/etc/systemd/system";
          known = lib.genAttrs packagedUnits (_: true);
        } cfg.units
        // scriptFiles "" cfg.services
        // lib.mapAttrs' (
          name: source: lib.nameValuePair "/etc/systemd/system-generators/${name}" { target = "${source}"; }
        ) cfg.generators;
    };
  };
}
