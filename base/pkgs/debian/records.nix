# Looks packages up in the pinned index.
{ host, index }:
let
  recordOrNull = name: host.debianPackage { inherit index name; };

  nearest = name: host.debianNearest { inherit index name; };

  components = import ../names/components.nix;

  suggestion =
    name:
    let
      names = nearest name;
    in
    if components ? ${name} then
      "; Debian has it in its component '${components.${name}}': debian.url = \"debian:trixie?components=main,${components.${name}}\""
    else if names == [ ] then
      ""
    else
      "; nearest: ${builtins.concatStringsSep ", " names}";
in
rec {
  inherit recordOrNull nearest;

  record =
    name:
    let
      found = recordOrNull name;
    in
    if found != null then
      found
    else
      throw "the Debian package '${name}' is not in the pinned index${suggestion name}";

  # Takes a name or a record.
  of = package: if builtins.isAttrs package then package else record package;
}
