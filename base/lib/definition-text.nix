# How a definition of an option stands in a message: its place, and its value cut short.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    isAttrs
    length
    map
    typeOf
    ;
  longestString = 80;
  mostElements = 6;
  deepest = 3;

  # Cutting comes first, so that a huge value costs nothing.
  firstOf = list: map (value: value) (lib.take mostElements list);
  ellipsis = list: if length list > mostElements then [ "…" ] else [ ];

  showString =
    text:
    let
      cut = builtins.substring 0 longestString text;
    in
    lib.escapeNixString cut + (if cut == text then "" else "…");

  # Conditions and priorities as they are written.
  properties = {
    "if" = depth: set: "mkIf … (${showValue depth set.content})";
    override = depth: set: "mkOverride ${toString set.priority} (${showValue depth set.content})";
    order = depth: set: "mkOrder ${toString set.priority} (${showValue depth set.content})";
    merge = depth: set: "mkMerge ${showList depth set.contents}";
  };

  showSet =
    depth: set:
    if lib.isDerivation set then
      "<derivation ${set.name or "???"}>"
    else if set ? __functor then
      "<function>"
    else if properties ? ${set._type or ""} then
      properties.${set._type} depth set
    else if set == { } then
      "{ }"
    else if depth == 0 then
      "{ … }"
    else
      let
        names = attrNames set;
        field = name: "${lib.escapeNixIdentifier name} = ${showValue (depth - 1) set.${name}};";
      in
      "{ ${concatStringsSep " " (map field (firstOf names) ++ ellipsis names)} }";

  showList =
    depth: list:
    if list == [ ] then
      "[ ]"
    else if depth == 0 then
      "[ … ]"
    else
      "[ ${concatStringsSep " " (map (showValue (depth - 1)) (firstOf list) ++ ellipsis list)} ]";

  showKnown =
    depth: value:
    {
      int = toString value;
      float = toString value;
      bool = if value then "true" else "false";
      null = "null";
      path = toString value;
      string = showString value;
      list = showList depth value;
      set = showSet depth value;
      lambda = "<function>";
    }
    .${typeOf value} or "<${typeOf value}>";

  # A value that fails does not hide the message that it stands in.
  showValue =
    depth: value:
    let
      tried = builtins.tryEval (
        let
          text = showKnown depth value;
        in
        builtins.deepSeq text text
      );
    in
    if tried.success then tried.value else "<error>";

  showPosition = position: "${position.file}:${toString position.line}:${toString position.column}";
in
{
  inherit showPosition;
  showShortValue = showValue deepest;

  # `file:line:column` where the evaluator knows it.
  definitionPlace =
    definition:
    let
      file = toString definition.file;
      position = definition.pos or null;
    in
    if position == null then
      file
    else if file == position.file || file == lib.unknownModule then
      showPosition position
    else
      "${file} (at ${showPosition position})";

  # The definitions as the lines of a list.
  showDefs = lib.concatMapStrings (
    definition:
    "\n- In `${lib.definitionPlace definition}'"
    + (if definition ? value then ": ${lib.showShortValue definition.value}" else "")
  );
}
