# The gate that every build of a configuration goes through.
{ lib }:
let
  inherit (builtins) filter map;

  showEntry =
    entry:
    let
      places = if entry.at == [ ] then "" else " (${lib.concatStringsSep ", " entry.at})";
      instead = if entry.instead == null then "" else ": ${entry.instead}";
    in
    "- `${entry.option}'${places}${instead}";

  section = title: lines: if lines == [ ] then [ ] else [ "${title}\n${lib.concatStringsSep "\n" lines}" ];

  unsupportedTitle = "Options of NixOS that are not supported here:";
in
{
  # Throws one error with everything that stands in the way, else shows the warnings and gives the value.
  checked =
    config: value:
    let
      failed = map (one: one.message) (filter (one: !one.assertion) config.assertions);
      unsupported = map showEntry config.hardpan.report.unsupported;
      isFatal = config.hardpan.unsupported == "error";
      problems =
        section "Failed assertions:" (map (message: "- ${message}") failed)
        ++ (if isFatal then section unsupportedTitle unsupported else [ ]);
      hint =
        if isFatal && unsupported != [ ] then
          [ "Remove them, or go on without them by `hardpan.unsupported = \"warn\";`." ]
        else
          [ ];
      warnings = config.warnings ++ (if isFatal then [ ] else section unsupportedTitle unsupported);
    in
    if problems == [ ] then
      lib.showWarnings warnings value
    else
      throw "The configuration cannot be built.\n${lib.concatStringsSep "\n" (problems ++ hint)}";
}
