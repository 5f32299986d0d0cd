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

  # The evaluator keeps what is said; without its help there is nobody to say it.
  explained =
    config: value:
    let
      explanations = config.image.checked.explanations or [ ];
    in
    if explanations == [ ] || !(builtins.hardpan or { } ? explain) then value else builtins.seq (builtins.hardpan.explain explanations) value;

  unsupportedTitle = "Options of NixOS that are not supported here:";
in
{
  # Throws one error with everything that stands in the way, else shows the warnings and gives the value. The program
  # keeps what it is to say should one of the machine's derivations fail.
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
      lib.showWarnings warnings (explained config value)
    else
      throw "The configuration cannot be built.\n${lib.concatStringsSep "\n" (problems ++ hint)}";
}
