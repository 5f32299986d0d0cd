# Property lists, Dhall and Lua.
{ lib }:
let
  inherit (builtins)
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isPath
    isString
    map
    toJSON
    ;

  plistHeader = ''
    <?xml version="1.0" encoding="UTF-8"?>
    <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
    <plist version="1.0">
  '';
  plistValue =
    escapeText: indent: value:
    let
      text = content: if escapeText then lib.escapeXML (toString content) else toString content;
      tag = name: content: "${indent}<${name}>${content}</${name}>";
      deeper = indent + "\t";
      lines = lib.concatStringsSep "\n";
      entry =
        name: content:
        lines [
          "${deeper}<key>${text name}</key>"
          (plistValue escapeText deeper content)
        ];
      filled = lib.filterAttrs (_: content: content != null) value;
    in
    if value == null then
      ""
    else if isBool value then
      "${indent}<${lib.boolToString value}/>"
    else if isInt value then
      tag "integer" (toString value)
    else if isFloat value then
      tag "real" (toString value)
    else if isString value || isPath value then
      tag "string" (text value)
    else if isList value then
      lines (
        [ "${indent}<array>" ] ++ map (plistValue escapeText deeper) value ++ [ "${indent}</array>" ]
      )
    else if isAttrs value then
      lines ([ "${indent}<dict>" ] ++ lib.mapAttrsToList entry filled ++ [ "${indent}</dict>" ])
    else
      throw "generators.toPlist: should never happen (v = ${builtins.typeOf value})";

  toDhall =
    { }@settings:
    value:
    let
      field = name: content: "${name} = ${toDhall settings content}";
    in
    if lib.isDerivation value then
      throw "generators.toDhall: Derivations are not supported"
    else if isAttrs value then
      "{ ${lib.concatStringsSep ", " (lib.mapAttrsToList field value)} }"
    else if isList value then
      "[ ${lib.concatMapStringsSep ", " (toDhall settings) value} ]"
    else if isInt value then
      "${if value < 0 then "" else "+"}${toString value}"
    else if isBool value then
      (if value then "True" else "False")
    else if lib.isFunction value then
      throw "generators.toDhall: cannot convert a function to Dhall"
    else if value == null then
      throw "generators.toDhall: cannot convert a null to Dhall"
    else
      toJSON value;

  luaWord = "[[:alpha:]_][[:alnum:]_]*";
  luaName =
    name:
    if builtins.match "${luaWord}(\\.${luaWord})*" name == null then
      throw "generators.toLua: ${toJSON name} is not a valid name for a Lua variable"
    else
      name;

  toLua =
    {
      multiline ? true,
      indent ? "",
      asBindings ? false,
    }@settings:
    value:
    let
      inner = settings // {
        indent = "${indent}  ";
        asBindings = false;
      };
      before = if multiline then "\n${indent}  " else " ";
      after = if multiline then "\n${indent}" else " ";
      table =
        entries:
        if entries == [ ] then "{}" else "{${before}${lib.concatStringsSep ",${before}" entries}${after}}";
      filled = lib.filterAttrs (_: content: content != null) value;
      entry = name: content: "[${toJSON name}] = ${toLua inner content}";
      binding = name: content: "${indent}${luaName name} = ${toLua (settings // { asBindings = false; }) content}\n";
    in
    if asBindings then
      lib.concatStrings (lib.mapAttrsToList binding value)
    else if value == null then
      "nil"
    else if isInt value || isFloat value || isString value || isBool value then
      toJSON value
    else if isPath value || lib.isDerivation value then
      toJSON "${value}"
    else if isList value then
      table (map (toLua inner) value)
    else if isAttrs value then
      (
        if value._type or null == "lua-inline" then
          "(${value.expr})"
        else
          table (lib.mapAttrsToList entry filled)
      )
    else
      throw "generators.toLua: type ${builtins.typeOf value} is unsupported";
in
{
  inherit toDhall toLua;
  toPlist =
    {
      escape ? false,
    }:
    value:
    "${plistHeader}${plistValue escape "" value}\n</plist>";
  mkLuaInline = expr: {
    _type = "lua-inline";
    inherit expr;
  };
}
