# Texts with placeholders (@name@), filled in when the configuration is evaluated.
{ lib, pkgs }:
let
  shown = value: if builtins.isPath value || lib.isDerivation value then "${value}" else toString value;

  # Each `@name@` for which a value is given.
  fill =
    replacements: text:
    let
      given = lib.filterAttrs (_: value: value != null) replacements;
      names = builtins.attrNames given;
    in
    builtins.replaceStrings (map (name: "@${name}@") names) (map (name: shown given.${name}) names) text;

  unfilled =
    allowed: text:
    let
      parts = builtins.split "@([a-zA-Z_][0-9A-Za-z_'-]*)@" text;
      names = map builtins.head (builtins.filter builtins.isList parts);
    in
    lib.subtractLists allowed (lib.unique names);

  replaceVarsWith =
    {
      src,
      replacements,
      name ? builtins.baseNameOf src,
      dir ? null,
      isExecutable ? false,
      meta ? { },
      passthru ? { },
      ...
    }:
    let
      source = builtins.readFile src;
      text = fill replacements source;
      left = unfilled (builtins.attrNames (lib.filterAttrs (_: value: value == null) replacements)) text;
      unused = builtins.filter (variable: !(lib.hasInfix "@${variable}@" source)) (
        builtins.attrNames replacements
      );
    in
    if left != [ ] then
      throw "replaceVars: ${toString src} has ${lib.concatMapStringsSep ", " (variable: "@${variable}@") left}, for which no value is given (null leaves one as it is)"
    else if unused != [ ] then
      throw "replaceVars: ${toString src} has no ${lib.concatMapStringsSep ", " (variable: "@${variable}@") unused}"
    else
      pkgs.writeTextFile {
        inherit
          name
          text
          meta
          passthru
          ;
        executable = isExecutable;
        destination = lib.optionalString (dir != null) "/${dir}/${name}";
      };
in
{
  inherit replaceVarsWith;

  replaceVars = src: replacements: replaceVarsWith { inherit src replacements; };

  # The older way: every attribute of the call is a value.
  substituteAll =
    {
      src,
      name ? builtins.baseNameOf src,
      dir ? null,
      isExecutable ? false,
      meta ? { },
      passthru ? { },
      ...
    }@arguments:
    pkgs.writeTextFile {
      inherit name meta passthru;
      text = fill (removeAttrs arguments [
        "src"
        "dir"
        "isExecutable"
        "meta"
        "passthru"
      ]) (builtins.readFile src);
      executable = isExecutable;
      destination = lib.optionalString (dir != null) "/${dir}/${name}";
    };
}
