# Quoting text for shells, Nix, XML, URLs and regular expressions.
{ lib }:
let
  inherit (builtins)
    concatStringsSep
    genList
    listToAttrs
    map
    match
    replaceStrings
    toJSON
    ;

  hexDigit = value: builtins.substring value 1 "0123456789ABCDEF";
  hexByte = value: hexDigit (value / 16) + hexDigit (lib.mod value 16);

  # Every character from 1 to 127 (a string holds no zero byte) and its code.
  asciiCodes = listToAttrs (
    genList (
      index:
      let
        code = index + 1;
      in
      {
        name = builtins.fromJSON ''"\u00${hexByte code}"'';
        value = code;
      }
    ) 127
  );

  escapedInUrls = lib.filterAttrs (character: _: match "[A-Za-z0-9_.~-]" character == null) asciiCodes;

  escape =
    characters: replaceStrings characters (map (character: "\\${character}") characters);

  keywords = [
    "assert"
    "else"
    "if"
    "in"
    "inherit"
    "let"
    "or"
    "rec"
    "then"
    "with"
  ];

  escapeNixString = text: escape [ "$" ] (toJSON text);

  escapeShellArg =
    argument:
    let
      text = toString argument;
    in
    if match "[[:alnum:],._+:@%/-]+" text == null then
      "'${replaceStrings [ "'" ] [ "'\\''" ] text}'"
    else
      text;
  escapeShellArgs = lib.concatMapStringsSep " " escapeShellArg;
in
{
  inherit
    escape
    escapeShellArg
    escapeShellArgs
    escapeNixString
    ;

  charToInt = character: asciiCodes.${character};
  escapeC =
    characters:
    replaceStrings characters (map (character: "\\x${lib.toLower (hexByte asciiCodes.${character})}") characters);
  escapeURL =
    let
      from = builtins.attrNames escapedInUrls;
      to = map (character: "%${hexByte asciiCodes.${character}}") from;
    in
    replaceStrings from to;
  escapeRegex = escape (lib.stringToCharacters "\\[{()^$?*+|.");
  escapeNixIdentifier =
    name:
    if match "[a-zA-Z_][a-zA-Z0-9_'-]*" name != null && !builtins.elem name keywords then
      name
    else
      escapeNixString name;
  escapeXML =
    replaceStrings
      [
        "\""
        "'"
        "<"
        ">"
        "&"
      ]
      [
        "&quot;"
        "&apos;"
        "&lt;"
        "&gt;"
        "&amp;"
      ];

  isValidPosixName = name: match "[a-zA-Z_][a-zA-Z0-9_]*" name != null;
  # A declaration in bash: lists become arrays, sets associative arrays.
  toShellVar =
    name: value:
    if !lib.isValidPosixName name then
      throw "toShellVar: ${name} is not a valid shell variable name"
    else if builtins.isAttrs value && !lib.isStringLike value then
      "declare -A ${name}=(${
        lib.concatMapAttrsStringSep " " (key: one: "[${escapeShellArg key}]=${escapeShellArg one}") value
      })"
    else if builtins.isList value then
      "declare -a ${name}=(${escapeShellArgs value})"
    else
      "${name}=${escapeShellArg value}";
  toShellVars = variables: concatStringsSep "\n" (lib.mapAttrsToList lib.toShellVar variables);
}
