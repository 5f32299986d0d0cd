# nixpkgs' names for Debian's packages, and what is known of the names that Debian has nothing for.
{ lib, pkgs, ... }:
let
  inherit (pkgs.hardpan) face join;

  # Debian has it under the same name.
  same = builtins.fromJSON (builtins.readFile ./same.json);

  # `at_spi2_core` is Debian's at-spi2-core.
  underscored = name: face (builtins.replaceStrings [ "_" ] [ "-" ] (lib.toLower name));

  entry =
    name: value:
    if builtins.isString value then
      face value
    else if builtins.isList value then
      join {
        inherit name;
        packages = value;
      }
    else
      several name value;

  several =
    name: value:
    join (
      {
        inherit name;
        passthru = builtins.mapAttrs (_: face) (value.outputs or { });
      }
      // removeAttrs value [ "outputs" ]
    );

  byName =
    make: names:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = make name;
      }) names
    );
in
import ./elsewhere.nix { inherit lib pkgs; }
// byName face same
// byName underscored (import ./underscored.nix)
// builtins.mapAttrs entry (import ./libraries.nix // import ./renamed.nix)
// import ./families.nix { inherit lib pkgs; }
