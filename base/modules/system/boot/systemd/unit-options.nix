# Options that units have, by kind.
{ lib, utils }:
let
  inherit (lib) mkOption types;

  setting = types.oneOf [
    types.bool
    types.int
    types.float
    types.str
    types.path
    types.package
  ];
  # A setting may be given several times; definitions of lists in several places are joined.
  settings = types.attrsOf (types.nullOr (types.either setting (types.listOf setting)));

  units =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };

  section =
    description:
    mkOption {
      type = settings;
      default = { };
      inherit description;
    };

  lines =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };
in
rec {
  inherit settings;

  unit = {
    options = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the unit exists; a unit that does not is masked.";
      };
      overrideStrategy = mkOption {
        type = types.enum [
          "asDropinIfExists"
          "asDropin"
        ];
        default = "asDropinIfExists";
        description = "Whether the definition adds to a unit of a package: always, or if one is known to exist.";
      };
      description = mkOption {
        type = types.singleLineStr or types.str;
        default = "";
        description = "What the unit is.";
      };
      documentation = units "Addresses of documentation.";
      requires = units "Units that are started along, and without which this one stops.";
      wants = units "Units that are started along.";
      upholds = units "Units that are kept running while this one runs.";
      after = units "Units that are started before this one.";
      before = units "Units that are started after this one.";
      bindsTo = units "Units that this one stops with.";
      partOf = units "Units that this one stops and restarts with.";
      conflicts = units "Units that cannot run beside this one.";
      requisite = units "Units that must run already.";
      wantedBy = units "Units that start this one along.";
      requiredBy = units "Units that start this one along and stop without it.";
      upheldBy = units "Units that keep this one running.";
      aliases = units "Further names.";
      onFailure = units "Units started when this one fails.";
      onSuccess = units "Units started when this one ends well.";
      startLimitBurst = mkOption {
        type = types.nullOr types.int;
        default = null;
        description = "How often it may be started within the interval.";
      };
      startLimitIntervalSec = mkOption {
        type = types.nullOr types.int;
        default = null;
        description = "The interval in seconds.";
      };
      unitConfig = section "Settings of the section [Unit].";
      restartTriggers = mkOption {
        type = types.listOf types.unspecified;
        default = [ ];
        description = "Values whose change restarts the unit. An image is replaced as a whole, so nothing is left to restart.";
      };
      reloadTriggers = mkOption {
        type = types.listOf types.unspecified;
        default = [ ];
        description = "Values whose change reloads the unit. See restartTriggers.";
      };
    };
  };

  service = {
    options = {
      serviceConfig = section "Settings of the section [Service].";
      environment = mkOption {
        type = types.attrsOf (
          types.nullOr (
            types.oneOf [
              types.str
              types.path
              types.package
              types.int
            ]
          )
        );
        default = { };
        description = "Environment variables.";
      };
      path = mkOption {
        type = types.listOf (types.oneOf [ types.package types.str ]);
        default = [ ];
        description = "Packages whose programs are found by name.";
      };
      script = lines "Shell script that is the service.";
      preStart = lines "Shell script that runs before.";
      postStart = lines "Shell script that runs after the start.";
      reload = lines "Shell script that reloads.";
      preStop = lines "Shell script that stops.";
      postStop = lines "Shell script that runs after the end.";
      scriptArgs = mkOption {
        type = types.str;
        default = "";
        description = "Arguments of the script.";
      };
      jobScripts = mkOption {
        type = types.raw;
        internal = true;
        default = [ ];
        description = "Accepted without effect.";
      };
      restartIfChanged = mkOption {
        type = types.bool;
        default = true;
        description = "Accepted; an image is replaced as a whole.";
      };
      reloadIfChanged = mkOption {
        type = types.bool;
        default = false;
        description = "Accepted; an image is replaced as a whole.";
      };
      stopIfChanged = mkOption {
        type = types.bool;
        default = true;
        description = "Accepted; an image is replaced as a whole.";
      };
      notSocketActivated = mkOption {
        type = types.bool;
        default = false;
        description = "Accepted; an image is replaced as a whole.";
      };
      startAt = mkOption {
        type = types.coercedTo types.str (time: [ time ]) (types.listOf types.str);
        default = [ ];
        description = "Times at which the service starts, as in systemd.time(7).";
      };
      enableStrictShellChecks = mkOption {
        type = types.bool;
        default = false;
        description = "Accepted; scripts are not checked.";
      };
      enableDefaultPath = mkOption {
        type = types.bool;
        default = true;
        description = "Accepted; the usual programs are always found.";
      };
      confinement = mkOption {
        type = types.raw;
        default = { };
        visible = false;
        description = "Not supported.";
      };
    };
  };

  timer.options.timerConfig = section "Settings of the section [Timer].";
  pathUnit.options.pathConfig = section "Settings of the section [Path].";
  slice.options.sliceConfig = section "Settings of the section [Slice].";
  scope.options.scopeConfig = section "Settings of the section [Scope].";

  socket.options = {
    listenStreams = units "Addresses of streams.";
    listenDatagrams = units "Addresses of datagrams.";
    socketConfig = section "Settings of the section [Socket].";
  };

  mount.options = {
    what = mkOption {
      type = types.str;
      description = "What is mounted.";
    };
    where = mkOption {
      type = types.str;
      description = "Where it is mounted.";
    };
    type = mkOption {
      type = types.str;
      default = "";
      description = "Type of the file system.";
    };
    options = mkOption {
      type = types.commas;
      default = "";
      description = "Mount options.";
    };
    mountConfig = section "Settings of the section [Mount].";
  };

  automount.options = {
    where = mkOption {
      type = types.str;
      description = "Where something is mounted when it is used.";
    };
    automountConfig = section "Settings of the section [Automount].";
  };
}
