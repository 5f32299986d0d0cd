# From units to the files and links of a directory such as /etc/systemd/system.
{
  lib,
  directory,
  # Units that packages of the image are known to bring; a definition adds to them.
  known,
}:
let
  # name@instance.service -> name@.service
  templateOf =
    name:
    let
      parts = builtins.match "([^@]*@)[^.]+(\\..*)" name;
    in
    if parts == null then null else lib.concatStrings parts;

  packaged = builtins.replaceStrings [ "/etc/" ] [ "/usr/lib/" ] directory;

  links =
    suffix: file: name: targets:
    map (target: lib.nameValuePair "${directory}/${target}.${suffix}/${name}" { target = file; }) targets;

  filesOf =
    units: name: unit:
    let
      template = templateOf name;
      ownTemplate = template != null && units ? ${template};
      isDropin =
        unit.overrideStrategy == "asDropin" || known ? ${name} || ownTemplate || (template != null && known ? ${template});
      file =
        if !isDropin then
          "../${name}"
        else if ownTemplate then
          "../${template}"
        else
          "${packaged}/${if template == null then name else template}";
    in
    if !unit.enable then
      [ (lib.nameValuePair "${directory}/${name}" { target = "/dev/null"; }) ]
    else
      lib.optional (!isDropin || unit.text != "") (
        lib.nameValuePair (if isDropin then "${directory}/${name}.d/overrides.conf" else "${directory}/${name}") {
          inherit (unit) text;
        }
      )
      ++ links "wants" file name unit.wantedBy
      ++ links "requires" file name unit.requiredBy
      ++ links "upholds" file name unit.upheldBy
      ++ map (alias: lib.nameValuePair "${directory}/${alias}" { target = name; }) (
        lib.optionals (!isDropin) unit.aliases
      );
in
units:
lib.hardpan.distinct (
  path: "Two units make ${path}: one has the other's name, or the same name, among its aliases. Leave one out."
) (lib.concatLists (lib.mapAttrsToList (filesOf units) units))
