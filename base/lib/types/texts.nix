# Strings of all kinds, paths and packages.
{ lib, base }:
let
  inherit (builtins)
    concatStringsSep
    isString
    map
    match
    ;
  inherit (base) defaultFunctor mkOptionType;

  strMatching =
    pattern:
    mkOptionType {
      name = "strMatching ${lib.escapeNixString pattern}";
      description = "string matching the pattern ${pattern}";
      descriptionClass = "noun";
      check = value: str.check value && match pattern value != null;
      merge = lib.mergeEqualOption;
      functor = defaultFunctor "strMatching" // {
        type = payload: strMatching payload.pattern;
        payload = { inherit pattern; };
        binOp = left: right: if left == right then left else null;
      };
    };

  separatedString =
    separator:
    mkOptionType {
      name = "separatedString";
      description =
        if separator == "" then
          "Concatenated string"
        else
          "strings concatenated with ${builtins.toJSON separator}";
      descriptionClass = "noun";
      check = isString;
      merge = _: definitions: concatStringsSep separator (map (definition: definition.value) definitions);
      functor = defaultFunctor "separatedString" // {
        type = payload: separatedString payload.sep;
        payload.sep = separator;
        binOp = left: right: if left.sep == right.sep then left else null;
      };
    };

  str = mkOptionType {
    name = "str";
    description = "string";
    descriptionClass = "noun";
    check = isString;
    merge = lib.mergeEqualOption;
  };

  trailingNewline = text: if lib.hasSuffix "\n" text then lib.removeSuffix "\n" text else text;

  storeText = value: if isString value || lib.isStringLike value then toString value else "";
  isInStore =
    text:
    let
      root = "${builtins.storeDir}/";
    in
    lib.hasPrefix root text && builtins.match "[^.][^/]*(/.*)?" (lib.removePrefix root text) != null;

  pathDescription =
    { inStore, absolute }:
    let
      kind =
        if absolute == null then
          "path"
        else if absolute then
          "absolute path"
        else
          "relative path";
    in
    if inStore == null then
      kind
    else
      "${if inStore then "path in the Nix store" else "${kind} not in the Nix store"}";

  pathWith =
    {
      inStore ? null,
      absolute ? null,
    }:
    mkOptionType {
      name = "path";
      description = pathDescription { inherit inStore absolute; };
      descriptionClass = "noun";
      merge = lib.mergeEqualOption;
      check =
        value:
        lib.isStringLike value
        && (inStore == null || isInStore (storeText value) == inStore)
        && (absolute == null || lib.hasPrefix "/" (toString value) == absolute);
      functor = defaultFunctor "path" // {
        type = pathWith;
        payload = { inherit inStore absolute; };
        binOp = left: right: if left == right then left else null;
      };
    };

  package = mkOptionType {
    name = "package";
    description = "package";
    descriptionClass = "noun";
    check = value: lib.isDerivation value || lib.isStorePath value;
    # A store path that stands as a string is made to look like a derivation.
    merge =
      loc: definitions:
      let
        value = lib.mergeOneOption loc definitions;
      in
      if builtins.isPath value || (isString value && !builtins.hasContext value) then lib.toDerivation value else value;
  };

  passwdEntry =
    entryType:
    lib.types.addCheck entryType (value: !(lib.hasInfix ":" value || lib.hasInfix "\n" value))
    // {
      name = "passwdEntry ${entryType.name}";
      description = "${base.nounPhrase entryType}, not containing newlines or colons";
      descriptionClass = "nonRestrictiveClause";
    };

  commas = separatedString ",";
  lines = separatedString "\n";
  envVar = separatedString ":";
  named = name: type: type // {
    inherit name;
    functor = defaultFunctor name;
  };
in
{
  inherit
    strMatching
    separatedString
    str
    package
    pathWith
    passwdEntry
    ;
  commas = named "commas" commas;
  lines = named "lines" lines;
  envVar = named "envVar" envVar;

  nonEmptyStr = mkOptionType {
    name = "nonEmptyStr";
    description = "non-empty string";
    descriptionClass = "noun";
    check = value: str.check value && match "[ \t\n]*" value == null;
    merge = str.merge;
  };
  singleLineStr = mkOptionType {
    name = "singleLineStr";
    description = "(optionally newline-terminated) single-line string";
    descriptionClass = "noun";
    check = value: str.check value && !(lib.hasInfix "\n" (trailingNewline value));
    merge = loc: definitions: lib.removeSuffix "\n" (lib.mergeEqualOption loc definitions);
  };
  # The text was once merged by joining; what it did is found under `separatedString ""`.
  string = separatedString "" // {
    name = "string";
    deprecationMessage = "Use `str' where one value is meant, `lines' or `separatedString' where several are joined.";
  };

  path = pathWith { absolute = true; };
  pathInStore = pathWith { inStore = true; };
  externalPath = pathWith {
    absolute = true;
    inStore = false;
  };
  fileset = mkOptionType {
    name = "fileset";
    description = "fileset";
    descriptionClass = "noun";
    check = lib.fileset.isFileset;
    merge = _: definitions: lib.fileset.unions (map (definition: definition.value) definitions);
    emptyValue.value = lib.fileset.empty;
  };
  shellPackage = package // {
    name = "shellPackage";
    check = value: lib.isDerivation value && value ? shellPath;
  };
  luaInline = mkOptionType {
    name = "luaInline";
    description = "inline lua";
    descriptionClass = "noun";
    check = value: value._type or null == "lua-inline";
    merge = lib.mergeEqualOption;
  };
}
