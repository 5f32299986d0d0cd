# Writes a set as TOML: plain values first, then tables, then arrays of tables.
{ lib }:
let
  inherit (builtins) isAttrs isList attrNames;

  isDerivation = value: isAttrs value && (value ? outPath || value ? __toString);
  isTable = value: isAttrs value && !(isDerivation value);
  isTableArray = value: isList value && value != [ ] && builtins.all isTable value;

  bare = key: builtins.match "[A-Za-z0-9_-]+" key != null;
  keyText = key: if bare key then key else builtins.toJSON key;
  pathText = lib.concatMapStringsSep "." keyText;

  scalar =
    path: value:
    if value == null then
      throw "TOML has no null, at ${pathText path}"
    else if isDerivation value || builtins.isPath value then
      builtins.toJSON "${value}"
    else if isList value then
      "[${lib.concatMapStringsSep ", " (scalar path) value}]"
    else if isAttrs value then
      "{ ${lib.concatMapStringsSep ", " (key: "${keyText key} = ${scalar (path ++ [ key ]) value.${key}}") (attrNames value)} }"
    else
      builtins.toJSON value;

  table =
    path: value:
    let
      names = attrNames value;
      simple = builtins.filter (key: !(isTable value.${key}) && !(isTableArray value.${key})) names;
      tables = builtins.filter (key: isTable value.${key}) names;
      arrays = builtins.filter (key: isTableArray value.${key}) names;
    in
    map (key: "${keyText key} = ${scalar (path ++ [ key ]) value.${key}}") simple
    ++ builtins.concatMap (key: below (path ++ [ key ]) value.${key}) tables
    ++ builtins.concatMap (key: builtins.concatMap (element (path ++ [ key ])) value.${key}) arrays;

  # A table that holds nothing but tables needs no heading of its own.
  below =
    path: value:
    let
      inner = table path value;
      onlyTables = value != { } && builtins.all (key: isTable value.${key}) (attrNames value);
    in
    lib.optionals (!onlyTables) [
      ""
      "[${pathText path}]"
    ]
    ++ inner;

  element =
    path: value:
    [
      ""
      "[[${pathText path}]]"
    ]
    ++ table path value;

  # No empty line in front of the first.
  trimmed = lines: if lines != [ ] && builtins.head lines == "" then builtins.tail lines else lines;
in
value: lib.concatMapStrings (line: "${line}\n") (trimmed (table [ ] value))
