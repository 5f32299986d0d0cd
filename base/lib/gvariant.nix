# Values as GVariant writes them, for dconf.
{ lib }:
let
  inherit (builtins)
    head
    isBool
    isFloat
    isInt
    isList
    isString
    map
    ;
  isGVariant = value: value._type or null == "gvariant";

  make = type: value: show: {
    _type = "gvariant";
    inherit type value;
    __toString = _: show;
  };
  quoted = text: "'${builtins.replaceStrings [ "\\" "'" "\n" ] [ "\\\\" "\\'" "\\n" ] text}'";
  number = type: name: value: make type value "${if name == "" then "" else "${name} "}${toString value}";
  joined = lib.concatMapStringsSep "," toString;

  mkValue =
    value:
    if isGVariant value then
      value
    else if isBool value then
      mkBoolean value
    else if isInt value then
      mkInt32 value
    else if isFloat value then
      mkDouble value
    else if isString value then
      mkString value
    else if isList value then
      mkArray value
    else
      throw "gvariant: a value of type ${builtins.typeOf value} has no form of its own; use lib.gvariant.mk… to say what is meant";

  mkBoolean = value: make "b" value (lib.boolToString value);
  mkString = value: make "s" value (quoted value);
  mkInt32 = number "i" "";
  mkDouble = number "d" "";
  mkArray =
    list:
    let
      values = map mkValue list;
      types = lib.unique (map (value: value.type) values);
    in
    if list == [ ] then
      throw "gvariant: the type of an empty array is not known; use lib.gvariant.mkEmptyArray"
    else if builtins.length types > 1 then
      throw "gvariant: an array of values of different types: ${toString types}"
    else
      make "a${head types}" values "@a${head types} [${joined values}]";
in
{
  inherit
    isGVariant
    mkValue
    mkBoolean
    mkString
    mkInt32
    mkDouble
    mkArray
    ;
  type = {
    arrayOf = type: "a${type}";
    maybeOf = type: "m${type}";
    tupleOf = types: "(${lib.concatStrings types})";
    dictionaryEntryOf = key: value: "{${key}${value}}";
    string = "s";
    boolean = "b";
    uchar = "y";
    int16 = "n";
    uint16 = "q";
    int32 = "i";
    uint32 = "u";
    int64 = "x";
    uint64 = "t";
    double = "d";
    variant = "v";
  };
  mkObjectpath = value: make "o" value "objectpath ${quoted value}";
  mkUchar = number "y" "byte";
  mkInt16 = number "n" "@n";
  mkUint16 = number "q" "@q";
  mkUint32 = number "u" "@u";
  mkInt64 = number "x" "@x";
  mkUint64 = number "t" "@t";
  mkEmptyArray = type: make "a${type}" [ ] "@a${type} []";
  mkVariant =
    value:
    let
      inner = mkValue value;
    in
    make "v" inner "<${toString inner}>";
  mkTuple =
    list:
    let
      values = map mkValue list;
      type = "(${lib.concatMapStrings (value: value.type) values})";
    in
    make type values "@${type} (${joined values})";
  mkDictionaryEntry =
    key: value:
    let
      name = mkValue key;
      content = mkValue value;
      type = "{${name.type}${content.type}}";
    in
    make type [
      name
      content
    ] "@${type} {${toString name},${toString content}}";
  mkNothing = type: make "m${type}" null "@m${type} nothing";
  mkJust =
    value:
    let
      inner = mkValue value;
    in
    make "m${inner.type}" inner "just ${toString inner}";
}
