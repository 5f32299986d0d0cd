# What several modules need beside the library: names of units, commands of packages.
{
  config,
  lib,
  pkgs,
}:
rec {
  # A path as part of a unit's name: "/a/b-c" is "a-b\x2dc"; letters beyond ASCII are their bytes.
  escapeSystemdPath =
    path:
    let
      trimmed = lib.concatStringsSep "/" (builtins.filter (part: part != "") (lib.splitString "/" path));
      plain = lib.genAttrs (lib.stringToCharacters "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.") (_: true);
      hex = lib.stringToCharacters "0123456789abcdef";
      escapeByte =
        byte:
        let
          code = lib.strings.charToInt byte;
        in
        "\\x${builtins.elemAt hex (code / 16)}${builtins.elemAt hex (lib.mod code 16)}";
      escapeCharacter =
        character:
        if builtins.elem character bytes.beyondAscii then
          character
        else if character == "/" then
          "-"
        else if plain ? ${character} then
          character
        else
          escapeByte character;
      bytes = import ./bytes.nix { inherit lib; };
      byCharacter = lib.stringAsChars escapeCharacter trimmed;
      escaped = if builtins.match "[ -~]*" trimmed == null then bytes.escape byCharacter else byCharacter;
    in
    if trimmed == "" then
      "-"
    else if lib.hasPrefix "." trimmed then
      "\\x2e" + lib.removePrefix "." escaped
    else
      escaped;

  # One argument of a command line in a unit: quotes, backslashes and specifiers are taken literally.
  escapeSystemdExecArg =
    argument:
    let
      text =
        if builtins.isPath argument then
          "${argument}"
        else if builtins.isString argument then
          argument
        else if builtins.isInt argument || builtins.isFloat argument || lib.isDerivation argument then
          toString argument
        else
          throw "escapeSystemdExecArg takes strings, paths, numbers and derivations";
    in
    builtins.replaceStrings [ "%" "$" ] [ "%%" "$$" ] (builtins.toJSON text);

  escapeSystemdExecArgs = lib.concatMapStringsSep " " escapeSystemdExecArg;

  # Whether a package is Debian's: its files are in /usr of the image.
  isDebian = package: pkgs.hardpan.isDebian package;
  debianPackagesOf = packages: pkgs.hardpan.debianPackagesOf packages;

  # The login shell that a package or a path means, as a path of the image.
  toShellPath =
    shell:
    if lib.isDerivation shell then
      if isDebian shell then
        "/usr${shell.shellPath or "/bin/${shell.meta.mainProgram or (lib.getName shell)}"}"
      else
        "${shell}${shell.shellPath or "/bin/${shell.meta.mainProgram or (lib.getName shell)}"}"
    else
      lib.replaceStrings [ "/run/current-system/sw/bin/" ] [ "/usr/bin/" ] (toString shell);

  # Folders with programs of packages, for PATH; those of Debian packages are in /usr/bin already.
  programPath =
    packages:
    lib.concatMapStrings (
      package:
      if isDebian package then
        ""
      else
        "${if lib.isDerivation package then "${lib.getBin package}" else toString package}/bin:"
    ) packages
    + "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin";

  removePackagesByName =
    packages: unwanted:
    builtins.filter (
      package: !(builtins.elem (lib.getName package) (map lib.getName unwanted))
    ) packages;

  fsBefore =
    first: second:
    first.mountPoint == second.device
    || lib.hasPrefix "${first.mountPoint}/" "${second.mountPoint}/"
    || builtins.elem first.mountPoint second.depends;

  # Values that are read from a file when the service starts cannot be part of an image's text.
  genJqSecretsReplacementSnippet =
    _: _: throw "genJqSecretsReplacementSnippet is not supported; read the secret with LoadCredential=";
}
