# Options that units have, by kind. `scriptPath` says where the script of a step of a service lies.
{
  lib,
  utils,
  scriptPath ? (_: _: throw "these units have no scripts"),
}:
let
  inherit (lib) mkOption types;

  withoutFinalBreak = lib.removeSuffix "\n";
  # What follows a backslash at the end of a line belongs to the same setting; any other line would be one of its own.
  isOneSetting =
    text:
    let
      joined = builtins.replaceStrings [ "\\\\" "\\\n" ] [ "" "" ] (withoutFinalBreak text);
    in
    !(lib.hasInfix "\n" joined || lib.hasSuffix "\\" joined);

  isSingle =
    value:
    if builtins.isString value then
      isOneSetting value
    else
      builtins.isBool value
      || builtins.isInt value
      || builtins.isFloat value
      || builtins.isPath value
      || (builtins.isAttrs value && lib.isStringLike value);

  written =
    value:
    if builtins.isString value then
      withoutFinalBreak value
    else if builtins.isList value then
      map written value
    else
      value;

  # A setting may be given several times. As soon as one definition is a list, all are joined; else they must agree.
  setting = types.mkOptionType {
    name = "unit-setting";
    description = "setting of a unit: a text, in which a line only goes on after a backslash, a number, a switch, a path, or a list of them";
    descriptionClass = "noun";
    check = value: value == null || (if builtins.isList value then builtins.all isSingle value else isSingle value);
    merge =
      loc: definitions:
      written (
        if builtins.any (definition: builtins.isList definition.value) definitions then
          lib.concatMap (definition: lib.toList definition.value) definitions
        else
          lib.mergeEqualOption loc definitions
      );
  };
  settings = types.attrsOf setting;

  unitName = types.strMatching "[a-zA-Z0-9@%:_.\\-]+[.](service|socket|device|mount|automount|swap|target|path|timer|scope|slice)";

  units =
    description:
    mkOption {
      type = types.listOf unitName;
      default = [ ];
      inherit description;
    };

  words =
    description:
    mkOption {
      type = types.listOf types.singleLineStr;
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

  # A word of a command line, as systemd reads it.
  systemdWord = builtins.replaceStrings [ "\\" "%" "$" ] [ "\\\\" "%%" "$$" ];
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
        type = types.singleLineStr;
        default = "";
        description = "What the unit is.";
      };
      documentation = words "Addresses of documentation.";
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

  service =
    { name, config, ... }:
    {
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
          type = types.singleLineStr;
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
          type = types.either types.singleLineStr (types.listOf types.singleLineStr);
          default = [ ];
          apply = lib.toList;
          description = "Times at which the service starts, as in systemd.time(7).";
        };
        enableStrictShellChecks = mkOption {
          type = types.bool;
          default = false;
          description = "Whether shellcheck looks at the scripts while the image is built.";
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

      # Where NixOS says a list, a script joins what the configuration says of the same setting; else one may say it.
      config.serviceConfig =
        let
          steps = {
            ExecStartPre = [ "preStart" "pre-start" ];
            ExecStart = [ "script" "start" ];
            ExecStartPost = [ "postStart" "post-start" ];
            ExecReload = [ "reload" "reload" ];
            ExecStop = [ "preStop" "pre-stop" ];
            ExecStopPost = [ "postStop" "post-stop" ];
          };
          isList = setting: lib.hasSuffix "Pre" setting || lib.hasSuffix "Post" setting;
          commandOf =
            setting: step:
            let
              path = systemdWord (scriptPath name step);
              command = if step == "start" && config.scriptArgs != "" then "${path} ${config.scriptArgs}" else path;
            in
            if isList setting then [ command ] else command;
        in
        lib.mapAttrs (
          setting: step:
          lib.mkIf (config.${builtins.head step} != "") (commandOf setting (lib.last step))
        ) steps;
    };

  timer.options.timerConfig = section "Settings of the section [Timer].";
  pathUnit.options.pathConfig = section "Settings of the section [Path].";
  slice.options.sliceConfig = section "Settings of the section [Slice].";
  scope.options.scopeConfig = section "Settings of the section [Scope].";

  socket.options = {
    listenStreams = words "Addresses of streams.";
    listenDatagrams = words "Addresses of datagrams.";
    socketConfig = section "Settings of the section [Socket].";
  };

  mount.options = {
    what = mkOption {
      type = types.singleLineStr;
      description = "What is mounted.";
    };
    where = mkOption {
      type = types.singleLineStr;
      description = "Where it is mounted.";
    };
    type = mkOption {
      type = types.singleLineStr;
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
      type = types.singleLineStr;
      description = "Where something is mounted when it is used.";
    };
    automountConfig = section "Settings of the section [Automount].";
  };
}
