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

  # `Environment="NAME=value"`, quoted as systemd reads it.
  environmentLines =
    variables:
    lib.concatStrings (
      lib.mapAttrsToList (
        name: value:
        if value == null then
          ""
        else
          "Environment=${
            builtins.replaceStrings [ "%" ] [ "%%" ] (builtins.toJSON "${name}=${toString value}")
          }\n"
      ) variables
    );

  unitSettings =
    unit:
    lib.filterAttrs (_: value: value != [ ] && value != "" && value != null) {
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
    }
    // unit.unitConfig;

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

  scriptSettings =
    name: service:
    let
      command = step: [ (scriptPath name step) ];
      start = [ "${scriptPath name "start"}${lib.optionalString (service.scriptArgs != "") " ${service.scriptArgs}"}" ];
      keys = {
        pre-start = {
          ExecStartPre = command "pre-start";
        };
        start = {
          ExecStart = start;
        };
        post-start = {
          ExecStartPost = command "post-start";
        };
        reload = {
          ExecReload = command "reload";
        };
        pre-stop = {
          ExecStop = command "pre-stop";
        };
        post-stop = {
          ExecStopPost = command "post-stop";
        };
      };
    in
    lib.concatMapAttrs (step: _: keys.${step}) (scripts service);

  # What a script adds comes before what the configuration sets under the same name.
  joinSettings =
    first: second:
    first
    // lib.mapAttrs (
      name: value: if first ? ${name} then lib.toList first.${name} ++ lib.toList value else value
    ) second;

  serviceText =
    name: service:
    let
      variables = service.environment // lib.optionalAttrs (service.path != [ ] && !(service.environment ? PATH)) {
        PATH = utils.programPath service.path;
      };
      settings = joinSettings (scriptSettings name service) service.serviceConfig;
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
