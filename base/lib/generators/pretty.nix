# Values as a person would write them in Nix.
{ lib }:
let
  inherit (builtins)
    isAttrs
    isFunction
    isList
    isString
    map
    typeOf
    ;

  # Goes at most so deep into a value; what is below becomes a text or an error.
  withRecursion =
    {
      depthLimit,
      throwOnDepthLimit ? true,
    }:
    let
      tooDeep =
        if throwOnDepthLimit then
          throw "Exceeded maximum eval-depth limit of ${toString depthLimit} while trying to evaluate with `generators.withRecursion'!"
        else
          "<unevaluated>";
      untouched = [
        "__functor"
        "__functionArgs"
        "__toString"
        "__pretty"
      ];
      next = depth: inner: if depth >= depthLimit then tooDeep else walk (depth + 1) inner;
      walk =
        depth: value:
        if isAttrs value then
          builtins.mapAttrs (
            name: inner: if builtins.elem name untouched then inner else next depth inner
          ) value
        else if isList value then
          map (next depth) value
        else if depth + 1 > depthLimit then
          tooDeep
        else
          value;
    in
    assert builtins.isInt depthLimit;
    walk 0;

  showString =
    multiline: indent: text:
    let
      escaped = lib.escape [ "\\" "\"" "\${" ];
      lines = lib.splitString "\n" text;
      escapedLine = builtins.replaceStrings [ "\${" "''" ] [ "''\${" "'''" ];
      space = "\n${indent}  ";
    in
    if multiline && lib.length lines > 1 then
      "''${space}${lib.concatMapStringsSep space escapedLine (lib.init lines)}"
      + (if lib.last lines == "" then "\n${indent}''" else "${space}${escapedLine (lib.last lines)}''")
    else
      ''"${builtins.replaceStrings [ "\n" ] [ "\\n" ] (escaped text)}"'';

  showFunction =
    function:
    let
      arguments = lib.functionArgs function;
      argument = name: optional: if optional then name + "?" else name;
    in
    if arguments == { } then
      "<function>"
    else
      "<function, args: {${lib.concatMapAttrsStringSep ", " argument arguments}}>";

  toPretty =
    {
      indent ? "",
      multiline ? true,
      allowPrettyValues ? false,
    }:
    let
      show =
        indent: value:
        let
          before = if multiline then "\n${indent}  " else " ";
          after = if multiline then "\n${indent}" else " ";
          inner = show (indent + "  ");
          field =
            name: content:
            builtins.addErrorContext "while evaluating an attribute `${name}`" (
              "${lib.escapeNixIdentifier name} = ${inner content};"
            );
        in
        if isString value then
          showString multiline indent value
        else if builtins.isFloat value then
          # `toString` would lose digits.
          builtins.toJSON value
        else if builtins.isBool value then
          lib.boolToString value
        else if value == null then
          "null"
        else if isList value then
          (if value == [ ] then "[ ]" else "[${before}${lib.concatMapStringsSep before inner value}${after}]")
        else if isFunction value || (isAttrs value && value ? __functor) then
          (if allowPrettyValues && value ? __pretty then value.__pretty value.val else showFunction value)
        else if isAttrs value then
          if allowPrettyValues && value ? __pretty && value ? val then
            value.__pretty value.val
          else if value == { } then
            "{ }"
          else if lib.isDerivation value then
            "<derivation ${value.name or "???"}>"
          else
            "{${before}${lib.concatMapAttrsStringSep before field value}${after}}"
        else if builtins.isInt value || builtins.isPath value then
          toString value
        else
          throw "generators.toPretty: should never happen (v = ${typeOf value})";
    in
    show indent;
in
{
  inherit withRecursion toPretty;
}
