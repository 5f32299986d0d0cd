# Units as text. Functions from the values of options to what stands in unit files, and to the scripts they run.
{ lib, utils }:
rec {
  settingText =
    value:
    if value == true then
      "true"
    else if value == false then
      "false"
    else if builtins.isPath value then
      "${value}"
    else
      toString value;

  # Each value of a list on a line of its own; a list that is empty, as an assignment without value.
  assignment =
    name: value:
    if value == null then
      ""
    else if builtins.isList value then
      lib.concatMapStrings (single: "${name}=${settingText single}\n") value
    else
      "${name}=${settingText value}\n";

  assignments = settings: lib.concatStrings (lib.mapAttrsToList assignment settings);

  section = name: settings: if settings == { } then "" else "[${name}]\n${assignments settings}\n";

  # `NAME=value` for each variable that has one, quoted as systemd reads it. Specifiers keep their meaning: `%%` is a
  # percent sign.
  variableWords =
    variables:
    lib.mapAttrsToList (name: value: builtins.toJSON "${name}=${toString value}") (
      lib.filterAttrs (_: value: value != null) variables
    );
  environmentWords = variables: lib.concatStringsSep " " (variableWords variables);
  environmentLines = variables: lib.concatMapStrings (word: "Environment=${word}\n") (variableWords variables);

  # What `after` and the like say, and what `unitConfig` says under the same name: a list adds to it, a word must agree.
  unitSettings =
    unit:
    let
      own = lib.filterAttrs (_: value: value != [ ] && value != "" && value != null) {
        Description = unit.description;
        Documentation = lib.concatStringsSep " " unit.documentation;
        Requires = lib.concatStringsSep " " unit.requires;
        Wants = lib.concatStringsSep " " unit.wants;
        Upholds = lib.concatStringsSep " " unit.upholds;
        After = lib.concatStringsSep " " unit.after;
        Before = lib.concatStringsSep " " unit.before;
        BindsTo = lib.concatStringsSep " " unit.bindsTo;
        PartOf = lib.concatStringsSep " " unit.partOf;
        Conflicts = lib.concatStringsSep " " unit.conflicts;
        Requisite = lib.concatStringsSep " " unit.requisite;
        OnFailure = lib.concatStringsSep " " unit.onFailure;
        OnSuccess = lib.concatStringsSep " " unit.onSuccess;
        StartLimitBurst = unit.startLimitBurst;
        StartLimitIntervalSec = unit.startLimitIntervalSec;
      };
      join =
        name: value:
        if !(own ? ${name}) then
          value
        else if builtins.isList value then
          [ own.${name} ] ++ value
        else if settingText value == settingText own.${name} then
          value
        else
          throw "A unit has two values of ${name} in its section [Unit]: `${settingText own.${name}}' by the option of that name, and `${settingText value}' by unitConfig.${name}. Leave one out.";
    in
    own // builtins.mapAttrs join unit.unitConfig;

  unitSection = unit: section "Unit" (unitSettings unit);

  # Where the scripts of a service lie in the image.
  scriptPath = name: step: "/usr/lib/hardpan/units/${name}-${step}";

  scriptText = content: "#!/usr/bin/bash\nset -e\n\n${content}${lib.optionalString (!lib.hasSuffix "\n" content) "\n"}";

  # The scripts of a service: step -> content.
  scripts =
    service:
    lib.filterAttrs (_: content: content != "") {
      pre-start = service.preStart;
      start = service.script;
      post-start = service.postStart;
      reload = service.reload;
      pre-stop = service.preStop;
      post-stop = service.postStop;
    };

  serviceText =
    service:
    let
      variables = service.environment // lib.optionalAttrs (service.path != [ ] && !(service.environment ? PATH)) {
        PATH = utils.programPath service.path;
      };
      settings = service.serviceConfig;
    in
    unitSection service
    + lib.optionalString (settings != { } || variables != { }) (
      "[Service]\n" + environmentLines variables + assignments settings + "\n"
    );

  timerText = timer: unitSection timer + section "Timer" timer.timerConfig;
  pathText = path: unitSection path + section "Path" path.pathConfig;
  sliceText = slice: unitSection slice + section "Slice" slice.sliceConfig;
  targetText = unitSection;

  socketText =
    socket:
    unitSection socket
    + section "Socket" (
      lib.optionalAttrs (socket.listenStreams != [ ]) { ListenStream = socket.listenStreams; }
      // lib.optionalAttrs (socket.listenDatagrams != [ ]) { ListenDatagram = socket.listenDatagrams; }
      // socket.socketConfig
    );

  mountText =
    mount:
    unitSection mount
    + section "Mount" (
      {
        What = mount.what;
        Where = mount.where;
      }
      // lib.optionalAttrs (mount.type != "") { Type = mount.type; }
      // lib.optionalAttrs (mount.options != "") { Options = mount.options; }
      // mount.mountConfig
    );

  automountText =
    automount: unitSection automount + section "Automount" ({ Where = automount.where; } // automount.automountConfig);
}
