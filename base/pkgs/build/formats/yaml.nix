# Writes a value as YAML, in blocks; texts are quoted as JSON has them, which YAML reads the same.
{ lib }:
let
  inherit (builtins) isAttrs isList attrNames;

  isDerivation = value: isAttrs value && (value ? outPath || value ? __toString);
  isMap = value: isAttrs value && !(isDerivation value);

  scalar =
    value:
    if isDerivation value || builtins.isPath value then builtins.toJSON "${value}" else builtins.toJSON value;

  # A key stands without quotes where no reader could take it for something else.
  plain = key: builtins.match "[A-Za-z_][A-Za-z0-9_./-]*" key != null && !(builtins.elem (lib.toLower key) reserved);
  reserved = [
    "y"
    "n"
    "yes"
    "no"
    "on"
    "off"
    "true"
    "false"
    "null"
  ];
  keyText = key: if plain key then key else builtins.toJSON key;

  isBlock = value: (isMap value && value != { }) || (isList value && value != [ ]);

  # Lines of a value, without indentation of its own.
  linesOf =
    value:
    if isMap value && value != { } then
      builtins.concatMap (key: entry "${keyText key}:" value.${key}) (attrNames value)
    else if isList value && value != [ ] then
      builtins.concatMap item value
    else
      [ (scalar value) ];

  indented = map (line: "  ${line}");

  entry =
    head: value:
    if isBlock value then [ head ] ++ indented (linesOf value) else [ "${head} ${scalar value}" ];

  # The first line of what a list holds follows its dash.
  item =
    value:
    if isBlock value then
      let
        lines = linesOf value;
      in
      [ "- ${builtins.head lines}" ] ++ indented (builtins.tail lines)
    else
      [ "- ${scalar value}" ];
in
value: lib.concatMapStrings (line: "${line}\n") (linesOf value)
