# Booleans, numbers and values that are taken as they are.
{ lib, base }:
let
  inherit (builtins)
    foldl'
    isAttrs
    isBool
    isFloat
    isInt
    map
    ;
  inherit (base) mkOptionType;

  scalar =
    name: description: check:
    mkOptionType {
      inherit name description check;
      descriptionClass = "noun";
      merge = lib.mergeEqualOption;
    };

  int = scalar "int" "signed integer" isInt;
  float = scalar "float" "floating point number" isFloat;
  number = lib.types.either int float;

  addCheck = lib.types.addCheck;

  between =
    what: type: lowest: highest:
    if lowest > highest then
      throw "${what}.between: lowest must be smaller than highest"
    else
      addCheck type (value: value >= lowest && value <= highest)
      // {
        name = "intBetween";
        description = "${what} between ${toString lowest} and ${toString highest} (both inclusive)";
        descriptionClass = "nonRestrictiveClause";
      };

  # Integers of so many bits, from `lowest` on.
  bits =
    sign: size: lowest: count:
    let
      highest = lowest + count - 1;
    in
    addCheck int (value: value >= lowest && value <= highest)
    // {
      name = "${if sign == "signed" then "signed" else "unsigned"}Int${toString size}";
      description = "${toString size} bit ${sign} integer; between ${toString lowest} and ${toString highest} (both inclusive)";
      descriptionClass = "nonRestrictiveClause";
    };

  limited = name: description: type: check: addCheck type check // {
    inherit name description;
    descriptionClass = "nonRestrictiveClause";
  };
in
rec {
  inherit int float number;
  raw = mkOptionType {
    name = "raw";
    description = "raw value";
    descriptionClass = "noun";
    merge = lib.mergeOneOption;
  };
  unspecified = mkOptionType {
    name = "unspecified";
    description = "unspecified value";
    descriptionClass = "noun";
  };
  bool = scalar "bool" "boolean" isBool;
  boolByOr = mkOptionType {
    name = "boolByOr";
    description = "boolean (merged using or)";
    descriptionClass = "noun";
    check = isBool;
    merge = _: definitions: foldl' (left: right: left || right) false (map (definition: definition.value) definitions);
  };
  ints = {
    between = between "integer" int;
    unsigned = limited "unsignedInt" "unsigned integer, meaning >=0" int (value: value >= 0);
    positive = limited "positiveInt" "positive integer, meaning >0" int (value: value > 0);
    u8 = bits "unsigned" 8 0 256;
    u16 = bits "unsigned" 16 0 65536;
    u32 = bits "unsigned" 32 0 4294967296;
    s8 = bits "signed" 8 (-128) 256;
    s16 = bits "signed" 16 (-32768) 65536;
    s32 = bits "signed" 32 (-2147483648) 4294967296;
  };
  port = ints.u16;
  numbers = {
    between = between "integer or floating point number" number;
    nonnegative = limited "numberNonnegative" "nonnegative integer or floating point number, meaning >=0" number (
      value: value >= 0
    );
    positive = limited "numberPositive" "positive integer or floating point number, meaning >0" number (
      value: value > 0
    );
  };
  attrs = mkOptionType {
    name = "attrs";
    description = "attribute set";
    check = isAttrs;
    merge = _: foldl' (result: definition: lib.mergeAttrs result definition.value) { };
    emptyValue.value = { };
  };
  optionType = mkOptionType {
    name = "optionType";
    description = "optionType";
    descriptionClass = "noun";
    check = value: value._type or null == "option-type";
    merge =
      loc: definitions:
      if builtins.length definitions == 1 then
        (builtins.head definitions).value
      else
        let
          # Options that share a type agree on it as two declarations of one option do.
          declared = map (definition: {
            _file = definition.file;
            options = lib.mkOption { type = definition.value; };
          }) definitions;
        in
        (lib.fixupOptionType loc (lib.mergeOptionDecls loc declared)).type;
  };
  pkgs = mkOptionType {
    name = "pkgs";
    description = "Nixpkgs package set";
    descriptionClass = "noun";
    check = value: value._type or null == "pkgs" || (isAttrs value && value ? lib && value ? path);
    merge = lib.mergeOneOption;
  };
}
