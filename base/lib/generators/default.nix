# Configuration files out of Nix values.
{ lib }:
let
  inherit (builtins)
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isString
    map
    ;
  pretty = import ./pretty.nix { inherit lib; };

  mkValueStringDefault =
    { }:
    value:
    if isInt value || lib.isDerivation value then
      toString value
    else if isString value then
      value
    else if isBool value then
      lib.boolToString value
    else if value == null then
      "null"
    else if isFloat value then
      lib.floatToString value
    else
      throw "generators.mkValueStringDefault: ${builtins.typeOf value} not supported: ${pretty.toPretty { } value}";

  mkKeyValueDefault =
    {
      mkValueString ? mkValueStringDefault { },
    }:
    separator: key: value:
    "${lib.escape [ separator ] key}${separator}${mkValueString value}";

  toKeyValue =
    {
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
      indent ? "",
    }:
    let
      line = key: value: "${indent}${mkKeyValue key value}\n";
      lines =
        key: value:
        map (line key) (if listsAsDuplicateKeys && isList value then value else [ value ]);
    in
    set: lib.concatStrings (lib.concatLists (lib.mapAttrsToList lines set));

  toINI =
    {
      mkSectionName ? (name: lib.escape [ "[" "]" ] name),
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    sections:
    let
      section =
        name: values:
        "[${mkSectionName name}]\n" + toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } values;
    in
    lib.concatMapAttrsStringSep "\n" section sections;

  # Git quotes the second half of `remote.origin`, and its values.
  gitSectionName =
    name:
    let
      parts = lib.splitString "." name;
    in
    if lib.hasInfix ''"'' name || lib.length parts == 1 then
      name
    else
      ''${lib.head parts} "${lib.concatStringsSep "." (lib.tail parts)}"'';
  gitValue =
    value:
    if isString value then
      ''"${
        lib.replaceStrings
          [
            "\n"
            "\t"
            ''"''
            "\\"
          ]
          [
            "\\n"
            "\\t"
            ''\"''
            "\\\\"
          ]
          value
      }"''
    else
      mkValueStringDefault { } value;
  # { a.b.c = 1; } as { "a.b".c = 1; }.
  gitSections =
    let
      walk =
        path: value:
        if isAttrs value && !lib.isDerivation value then
          lib.concatLists (lib.mapAttrsToList (name: walk (path ++ [ name ])) value)
        else if lib.length path > 1 then
          [ { ${lib.concatStringsSep "." (lib.init path)}.${lib.last path} = value; } ]
        else
          [ { ${lib.head path} = value; } ];
    in
    set: lib.foldl lib.recursiveUpdate { } (walk [ ] set);

  dconfValue = value: toString (lib.gvariant.mkValue value);
in
pretty
// import ./languages.nix { inherit lib; }
// {
  inherit
    mkValueStringDefault
    mkKeyValueDefault
    toKeyValue
    toINI
    ;
  toINIWithGlobalSection =
    {
      mkSectionName ? (name: lib.escape [ "[" "]" ] name),
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }@settings:
    {
      globalSection,
      sections ? { },
    }:
    (
      if globalSection == { } then
        ""
      else
        toKeyValue (removeAttrs settings [ "mkSectionName" ]) globalSection + "\n"
    )
    + toINI settings sections;
  toGitINI =
    set:
    toINI {
      mkSectionName = gitSectionName;
      mkKeyValue = key: value: "\t" + mkKeyValueDefault { mkValueString = gitValue; } " = " key value;
      listsAsDuplicateKeys = true;
    } (gitSections set);
  mkDconfKeyValue = mkKeyValueDefault { mkValueString = dconfValue; } "=";
  toDconfINI = toINI { mkKeyValue = lib.generators.mkDconfKeyValue; };

  toJSON = { }: builtins.toJSON;
  # Every JSON text is a YAML text.
  toYAML = { }: builtins.toJSON;
}
