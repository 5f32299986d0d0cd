# Functions on strings; escaping is in escape.nix, what compares strings in distance.nix.
{ lib }:
let
  inherit (builtins)
    concatStringsSep
    elem
    elemAt
    filter
    genList
    hasContext
    head
    isList
    isString
    length
    map
    match
    replaceStrings
    split
    stringLength
    substring
    ;
  escape = import ./escape.nix { inherit lib; };
  distance = import ./distance.nix { inherit lib; };

  lowerChars = lib.stringToCharacters "abcdefghijklmnopqrstuvwxyz";
  upperChars = lib.stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

  concatStrings = concatStringsSep "";
  concatMapStringsSep = separator: function: list: concatStringsSep separator (map function list);
  toLower = replaceStrings upperChars lowerChars;
  toUpper = replaceStrings lowerChars upperChars;

  addContextFrom = source: target: substring 0 0 source + target;

  # `split` drops the context, so each part gets it back.
  splitString =
    separator: text:
    let
      parts = filter isString (split (escape.escapeRegex (toString separator)) (toString text));
    in
    if hasContext (toString text) then map (addContextFrom text) parts else parts;

  splitStringBy =
    predicate: keepSplit: text:
    let
      size = stringLength text;
      at = index: substring index 1 text;
      isCut = index: predicate (if index == 0 then "" else at (index - 1)) (at index);
      cuts = filter isCut (genList lib.id size);
      starts = [ 0 ] ++ map (cut: if keepSplit then cut else cut + 1) cuts;
      ends = cuts ++ [ size ];
    in
    if text == "" then
      [ "" ]
    else
      lib.zipListsWith (start: end: substring start (end - start) text) starts ends;

  hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
  hasSuffix =
    suffix: text:
    let
      size = stringLength text;
      suffixSize = stringLength suffix;
    in
    size >= suffixSize && substring (size - suffixSize) suffixSize text == suffix;
  removePrefix =
    prefix: text:
    if hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
  removeSuffix =
    suffix: text:
    if hasSuffix suffix text then substring 0 (stringLength text - stringLength suffix) text else text;

  replicate = count: text: concatStrings (lib.lists.replicate count text);

  fixedWidthString =
    width: filler: text:
    let
      missing = width - stringLength text;
    in
    if missing < 0 then
      throw "fixedWidthString: requested string length (${toString width}) must not be shorter than actual length (${toString (stringLength text)})"
    else
      substring 0 missing (replicate missing filler) + text;

  trimWith =
    {
      start ? false,
      end ? false,
    }:
    text:
    let
      space = " \t\r\n";
      pattern =
        if start && end then
          "[${space}]*(.*[^${space}])[${space}]*"
        else if start then
          "[${space}]*(.*)"
        else if end then
          "(.*[^${space}])[${space}]*"
        else
          "(.*)";
      found = match pattern text;
    in
    addContextFrom text (if found == null then "" else head found);

  isStringLike = value: isString value || builtins.isPath value || value ? outPath || value ? __toString;
  isConvertibleWithToString =
    value:
    isStringLike value
    || elem (builtins.typeOf value) [
      "null"
      "int"
      "float"
      "bool"
    ]
    || (isList value && lib.all isConvertibleWithToString value);

  toIntWith =
    what: pattern: text:
    let
      digits = match pattern text;
      number = builtins.fromJSON (head digits);
    in
    if digits == null || !builtins.isInt number then
      throw "${what}: Could not convert ${escape.escapeNixString text} to int."
    else
      number;

  configureFlag =
    yes: no: condition: feature:
    assert isString feature;
    "--${if condition then yes else no}-${feature}";
  configureFlagWith =
    flag: condition: feature: value:
    flag condition feature + (if condition then "=${value}" else "");

  nameIn = text: (builtins.parseDrvName text).name;
  versionIn = text: (builtins.parseDrvName text).version;

  storeNameCharacters = "[^[:alnum:]+._?=-]+";
in
escape
// distance
// {
  inherit
    lowerChars
    upperChars
    concatStrings
    concatMapStringsSep
    toLower
    toUpper
    addContextFrom
    splitString
    splitStringBy
    hasPrefix
    hasSuffix
    removePrefix
    removeSuffix
    replicate
    fixedWidthString
    trimWith
    isStringLike
    isConvertibleWithToString
    ;
  inherit (builtins)
    compareVersions
    concatStringsSep
    elem
    elemAt
    filter
    fromJSON
    head
    isInt
    isList
    isAttrs
    isPath
    isString
    length
    match
    parseDrvName
    readFile
    replaceStrings
    split
    storeDir
    stringLength
    substring
    tail
    toJSON
    typeOf
    unsafeDiscardStringContext
    ;

  join = concatStringsSep;
  concatMapStrings = function: list: concatStrings (map function list);
  concatImapStrings = function: list: concatStrings (lib.imap1 function list);
  concatImapStringsSep =
    separator: function: list:
    concatStringsSep separator (lib.imap1 function list);
  concatMapAttrsStringSep =
    separator: function: set:
    concatStringsSep separator (lib.mapAttrsToList function set);
  concatLines = lib.concatMapStrings (line: line + "\n");
  intersperse =
    separator: list:
    if length list < 2 then
      list
    else
      builtins.tail (
        builtins.concatMap (value: [
          separator
          value
        ]) list
      );
  optionalString = condition: text: if condition then text else "";
  replaceString = from: to: replaceStrings [ from ] [ to ];
  replaceChars = replaceStrings;
  hasInfix = infix: text: replaceStrings [ infix ] [ "" ] "${text}" != "${text}" || infix == "";
  trim = trimWith {
    start = true;
    end = true;
  };

  makeSearchPath =
    subDirectory: packages:
    concatMapStringsSep ":" (package: package + "/" + subDirectory) (filter (package: package != null) packages);
  makeSearchPathOutput =
    output: subDirectory: packages:
    lib.makeSearchPath subDirectory (map (lib.getOutput output) packages);
  makeLibraryPath = lib.makeSearchPathOutput "lib" "lib";
  makeIncludePath = lib.makeSearchPathOutput "dev" "include";
  makeBinPath = lib.makeSearchPathOutput "bin" "bin";
  normalizePath =
    path: addContextFrom path (concatStringsSep "/" (filter isString (split "/+" path)));

  stringToCharacters = text: genList (index: substring index 1 text) (stringLength text);
  stringAsChars = function: text: lib.concatMapStrings function (lib.stringToCharacters text);
  toSentenceCase =
    text:
    if isString text then
      toUpper (substring 0 1 text) + toLower (substring 1 (-1) text)
    else
      throw "toSentenceCase does only accepts string values, but got ${builtins.typeOf text}";
  toCamelCase =
    text:
    let
      separators = [
        " "
        "-"
        "_"
      ];
      isHump = previous: current: match "[a-z]" previous != null && match "[A-Z]" current != null;
      words = builtins.concatMap (splitStringBy isHump true) (
        splitStringBy (_: current: elem current separators) false text
      );
      word = index: if index == 0 then toLower else lib.toSentenceCase;
    in
    if isString text then
      concatStrings (lib.imap0 word (filter (part: part != "") words))
    else
      throw "toCamelCase does only accepts string values, but got ${builtins.typeOf text}";

  versionOlder = version: wanted: builtins.compareVersions wanted version == 1;
  versionAtLeast = version: wanted: !lib.versionOlder version wanted;
  getName =
    package: if isString package then nameIn package else package.pname or (nameIn package.name);
  getVersion =
    package: if isString package then versionIn package else package.version or (versionIn package.name);
  nameFromURL =
    url: separator:
    let
      file = lib.last (splitString "/" url);
      name = head (splitString separator file);
    in
    assert name != file;
    name;

  mesonOption = feature: value: "-D${feature}=${value}";
  mesonBool = condition: value: lib.mesonOption condition (lib.boolToString value);
  mesonEnable = feature: enabled: lib.mesonOption feature (if enabled then "enabled" else "disabled");
  cmakeOptionType =
    type: feature: value:
    assert elem (toUpper type) [
      "FILEPATH"
      "PATH"
      "STRING"
      "BOOL"
      "INTERNAL"
      "LIST"
    ];
    "-D${feature}:${toUpper type}=${value}";
  cmakeBool = condition: value: lib.cmakeOptionType "bool" condition (toUpper (lib.boolToString value));
  cmakeFeature = lib.cmakeOptionType "string";
  enableFeature = configureFlag "enable" "disable";
  enableFeatureAs = configureFlagWith lib.enableFeature;
  withFeature = configureFlag "with" "without";
  withFeatureAs = configureFlagWith lib.withFeature;

  fixedWidthNumber = width: number: fixedWidthString width "0" (toString number);
  floatToString =
    number:
    let
      text = toString number;
    in
    lib.warnIf (number != builtins.fromJSON text) "Imprecise conversion from float to string ${text}" text;
  isCoercibleToString = isConvertibleWithToString;
  isStorePath =
    value:
    isStringLike value
    && (
      let
        text = toString value;
      in
      hasPrefix "/" text
      && (builtins.dirOf text == builtins.storeDir || match "/[0-9a-z]{52}" text != null)
    );
  toInt =
    text:
    if match "[[:space:]]*-?0[0-9]+[[:space:]]*" text != null then
      throw "toInt: Ambiguity in interpretation of ${escape.escapeNixString text} between octal and zero padded integer."
    else
      toIntWith "toInt" "[[:space:]]*(-?[0-9]+)[[:space:]]*" text;
  toIntBase10 = text: toIntWith "toIntBase10" "[[:space:]]*0*(-?[0-9]+)[[:space:]]*" text;
  readPathsFromFile =
    root: file:
    map (line: root + "/${line}") (
      filter (line: line != "" && !hasPrefix "#" line) (splitString "\n" (builtins.readFile file))
    );
  fileContents = file: removeSuffix "\n" (builtins.readFile file);

  # Makes of any text a name that may stand in a store path.
  sanitizeDerivationName =
    name:
    let
      text = builtins.unsafeDiscardStringContext (toString name);
      clean = lib.concatMapStrings (part: if isList part then "-" else part) (
        split storeNameCharacters (head (match "\\.*(.*)" text))
      );
      size = stringLength clean;
      kept = if size > 207 then substring (size - 207) 207 clean else clean;
    in
    if stringLength text <= 207 && match "[[:alnum:]+_?=-][[:alnum:]+._?=-]*" text != null then
      text
    else if kept == "" then
      "unknown"
    else
      kept;
}
