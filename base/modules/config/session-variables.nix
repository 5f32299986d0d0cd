# Variables as they are written for those who read them. A value is what stands between double quotes in a shell:
# `$NAME` and `${NAME}` are values of other variables, and a backslash takes a quote, a dollar or a backslash as it is.
{ lib }:
let
  inherit (builtins) isString;

  # A value as pieces: { text }, what is taken as it is; { variable }, the value of another; { code }, what only a
  # shell can do.
  piecesOf =
    value:
    map (
      piece:
      if isString piece then
        { text = piece; }
      else
        let
          found = builtins.head piece;
          name = builtins.match "[$][{]?([A-Za-z_][A-Za-z0-9_]*)[}]?" found;
        in
        if lib.hasPrefix "\\" found then
          { text = builtins.substring 1 1 found; }
        else if name != null then
          { variable = builtins.head name; }
        else
          { code = found; }
    ) (builtins.split "([\\][\\\"$`]|[$][A-Za-z_][A-Za-z0-9_]*|[$][{][A-Za-z_][A-Za-z0-9_]*[}]|[$][{(]|`)" value);

  hasCode = lib.any (piece: piece ? code);

  # For pam_env, which knows the home and the name of the user, and variables that it set before.
  pamPiece =
    piece:
    if piece ? text then
      builtins.replaceStrings [ "\\" "$" "@" ] [ "\\\\" "\\$" "\\@" ] piece.text
    else
      {
        HOME = "@{HOME}";
        LOGNAME = "@{PAM_USER}";
        SHELL = "@{SHELL}";
        USER = "@{PAM_USER}";
      }
      .${piece.variable} or "\${${piece.variable}}";
in
{
  # A declaration for shells. A quote or a backslash that would end the value too early, or too late, is written so
  # that it does not; commands are left as they are.
  shellLine =
    name: value:
    let
      pieces = piecesOf value;
      text =
        piece:
        if piece ? text then builtins.replaceStrings [ "\\" "\"" "$" "`" ] [ "\\\\" "\\\"" "\\$" "\\`" ] piece.text else "\${${piece.variable}}";
    in
    "export ${name}=\"${if hasCode pieces then value else lib.concatMapStrings text pieces}\"\n";

  # A line of pam_env.conf(5), or null where that file has no way to say it: it ends a value at a number sign or a
  # line break, cannot hold a double quote beside a blank, and runs nothing.
  pamLine =
    name: value:
    let
      pieces = piecesOf value;
      text = lib.concatMapStrings pamPiece pieces;
      has = part: lib.hasInfix part text;
      isBare = !(has " " || has "\t" || lib.hasPrefix "\"" text || lib.hasSuffix "\\" text);
    in
    if hasCode pieces || has "#" || has "\n" || (has "\"" && !isBare) then
      null
    else
      "${name} DEFAULT=${if has "\"" then text else "\"${text}\""}\n";

  isName = name: builtins.match "[A-Za-z_][A-Za-z0-9_]*" name != null;
}
