# Small functions on values of any type.
{ lib }:
let
  release = "25.11";
  oldestSupportedRelease = 2505;

  id = value: value;
  mod = value: base: value - base * (value / base);

  # Builtins say "evaluation warning: …" and can be told to stop; an evaluator without them traces.
  warn = builtins.warn or (message: builtins.trace "evaluation warning: ${message}");

  isFunction =
    value: builtins.isFunction value || (value ? __functor && isFunction (value.__functor value));
  functionArgs =
    function:
    if function ? __functor then
      function.__functionArgs or (functionArgs (function.__functor function))
    else
      builtins.functionArgs function;
  setFunctionArgs = function: arguments: {
    __functor = _: function;
    __functionArgs = arguments;
  };

  # The digits of a number in a base, most significant first.
  toBaseDigits =
    base: number:
    let
      go = value: rest: if value < base then [ value ] ++ rest else go (value / base) ([ (mod value base) ] ++ rest);
    in
    assert builtins.isInt base && base >= 2;
    assert builtins.isInt number && number >= 0;
    go number [ ];
in
{
  inherit
    id
    mod
    warn
    isFunction
    functionArgs
    setFunctionArgs
    toBaseDigits
    release
    oldestSupportedRelease
    ;
  inherit (builtins)
    add
    sub
    lessThan
    seq
    deepSeq
    genericClosure
    bitAnd
    bitOr
    bitXor
    pathExists
    readFile
    isBool
    isInt
    isFloat
    ;
  const = value: _: value;
  flip =
    function: second: first:
    function first second;
  pipe = builtins.foldl' (value: function: function value);
  mapNullable = function: value: if value == null then null else function value;
  defaultTo = default: value: if value == null then default else value;
  concat = left: right: left ++ right;
  "or" = left: right: left || right;
  and = left: right: left && right;
  xor = left: right: left != right;
  bitNot = builtins.sub (-1);
  min = left: right: if left < right then left else right;
  max = left: right: if left > right then left else right;
  compare =
    left: right:
    if left < right then
      -1
    else if left > right then
      1
    else
      0;
  # Orders values of two kinds: those for which `isFirst` holds come first.
  splitByAndCompare =
    isFirst: compareFirst: compareOther: left: right:
    if isFirst left then
      (if isFirst right then compareFirst left right else -1)
    else if isFirst right then
      1
    else
      compareOther left right;
  mergeAttrs = left: right: left // right;
  boolToString = value: if value then "true" else "false";
  boolToYesNo = value: if value then "yes" else "no";

  mirrorFunctionArgs =
    original:
    let
      arguments = functionArgs original;
    in
    function: if arguments == { } then function else setFunctionArgs function arguments;
  toFunction = value: if isFunction value then value else _: value;

  importJSON = path: builtins.fromJSON (builtins.readFile path);
  importTOML = path: builtins.fromTOML (builtins.readFile path);

  warnIf = condition: message: if condition then warn message else id;
  warnIfNot = condition: message: if condition then id else warn message;
  throwIf = condition: message: if condition then throw message else id;
  throwIfNot = condition: message: if condition then id else throw message;
  info = message: builtins.trace "INFO: ${message}";
  showWarnings = warnings: value: builtins.foldl' (rest: text: warn text rest) value warnings;
  checkListOfEnum =
    message: valid: given:
    let
      unknown = lib.subtractLists valid given;
      show = values: builtins.concatStringsSep ", " (map toString values);
    in
    if unknown == [ ] then
      id
    else
      throw "${message}: ${show unknown} unexpected; valid ones: ${show valid}";

  toHexString =
    number:
    let
      digit = value: builtins.substring value 1 "0123456789ABCDEF";
    in
    builtins.concatStringsSep "" (map digit (toBaseDigits 16 number));
  fromHexString =
    text:
    let
      digits = builtins.match "(0x|0X)?([0-7]?[0-9A-Fa-f]{1,15})" text;
    in
    if digits == null then
      throw "lib.fromHexString: '${text}' is not a hexadecimal number of at most 63 bits"
    else
      (builtins.fromTOML "value = 0x${builtins.elemAt digits 1}").value;

  version = release;
  versionSuffix = "";
  codeName = "hardpan";
  isInOldestRelease = wanted: wanted <= oldestSupportedRelease;
  oldestSupportedReleaseIsAtLeast = wanted: wanted <= oldestSupportedRelease;
  revisionWithDefault = default: default;
  nixpkgsVersion = release;
  inNixShell = false;
  inPureEvalMode = !(builtins ? currentSystem);

  fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  fakeSha256 = "0000000000000000000000000000000000000000000000000000000000000000";
  fakeSha512 =
    let
      half = "0000000000000000000000000000000000000000000000000000000000000000";
    in
    half + half;
}
