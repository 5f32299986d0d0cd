# Settings as files in the languages that programs read: { type; generate = name: value: derivation; } each.
{ lib, pkgs }:
let
  inherit (lib) types;

  # What JSON and its kin can say.
  valueType =
    name: nothing:
    let
      value =
        nothing (
          types.oneOf [
            types.bool
            types.int
            types.float
            types.str
            types.path
            (types.attrsOf value)
            (types.listOf value)
          ]
        )
        // {
          description = "${name} value";
        };
    in
    value;

  text = render: name: value: pkgs.writeText name (render value);

  atom = types.nullOr (
    types.oneOf [
      types.bool
      types.int
      types.float
      types.str
    ]
  );

  # One value of a key, or several where the language allows it.
  atoms =
    {
      listsAsDuplicateKeys ? false,
      listToValue ? null,
      ...
    }:
    if listsAsDuplicateKeys then
      types.coercedTo atom lib.singleton (types.listOf atom)
    else if listToValue != null then
      types.coercedTo atom lib.singleton (types.nonEmptyListOf atom)
    else
      atom;

  # Lists become one value where that is how the language has them.
  flattened =
    { listToValue ? null, ... }:
    value: if listToValue != null && builtins.isList value then listToValue value else value;

  rest = arguments: removeAttrs arguments [ "listToValue" ];
in
{
  json = _: {
    type = valueType "JSON" types.nullOr;
    generate = text builtins.toJSON;
  };

  yaml = _: {
    type = valueType "YAML 1.1" types.nullOr;
    generate = text (import ./yaml.nix { inherit lib; });
  };
  yaml_1_2 = _: {
    type = valueType "YAML 1.2" types.nullOr;
    generate = text (import ./yaml.nix { inherit lib; });
  };

  toml = _: {
    type = valueType "TOML" (type: type);
    generate = text (import ./toml.nix { inherit lib; });
  };

  ini = arguments: {
    type = types.attrsOf (types.attrsOf (atoms arguments)) // {
      description = "sections of settings";
    };
    generate = text (
      value:
      lib.generators.toINI (rest arguments) (
        builtins.mapAttrs (_: builtins.mapAttrs (_: flattened arguments)) value
      )
    );
  };

  iniWithGlobalSection =
    arguments:
    let
      section = types.attrsOf (atoms arguments);
      flat = builtins.mapAttrs (_: flattened arguments);
    in
    {
      type = types.submodule {
        options = {
          sections = lib.mkOption {
            type = types.attrsOf section;
            default = { };
            description = "Settings by section.";
          };
          globalSection = lib.mkOption {
            type = section;
            default = { };
            description = "Settings in front of all sections.";
          };
        };
      };
      generate = text (
        {
          sections ? { },
          globalSection ? { },
          ...
        }:
        lib.generators.toINIWithGlobalSection (rest arguments) {
          sections = builtins.mapAttrs (_: flat) sections;
          globalSection = flat globalSection;
        }
      );
    };

  gitIni = arguments: {
    type =
      let
        values = types.attrsOf (types.either atom (types.listOf atom));
      in
      types.attrsOf (types.attrsOf (types.either atom (types.either (types.listOf atom) values)));
    generate = text lib.generators.toGitINI;
  };

  systemd = {
    type = types.attrsOf (types.attrsOf (types.either atom (types.listOf atom)));
    generate = text (lib.generators.toINI { listsAsDuplicateKeys = true; });
  };

  keyValue = arguments: {
    type = types.attrsOf (atoms arguments);
    generate = text (
      value: lib.generators.toKeyValue (rest arguments) (builtins.mapAttrs (_: flattened arguments) value)
    );
  };

  javaProperties =
    { comment ? "Generated with Nix" }:
    {
      type = types.attrsOf types.str;
      generate =
        name: value:
        let
          escaped = lib.escape [ "\\" "=" ":" "#" "!" " " ];
        in
        pkgs.writeText name (
          lib.concatMapStrings (line: "# ${line}\n") (lib.splitString "\n" comment)
          + lib.concatStrings (lib.mapAttrsToList (key: set: "${escaped key}=${lib.escape [ "\\" ] set}\n") value)
        );
    };
}
