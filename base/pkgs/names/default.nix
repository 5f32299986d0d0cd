# nixpkgs' names for Debian's packages, and what is known of the names that Debian has nothing for.
{ lib, pkgs, ... }:
let
  inherit (pkgs.hardpan) face join;

  # Debian has it under the same name.
  same = table ./same.json;

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
  table = file: builtins.fromJSON (builtins.readFile file);

  # A library with its tools: first its development package, then what a machine needs of it.
  library =
    names:
    let
      runtime = builtins.elemAt names 1;
    in
    {
      packages = builtins.tail names;
      outputs = {
        lib = runtime;
        out = runtime;
        dev = builtins.head names;
      };
    };
in
import ./elsewhere.nix { inherit lib pkgs; }
// byName face same
// byName underscored (import ./underscored.nix)
// builtins.mapAttrs entry (table ./renamed.json // import ./libraries.nix // import ./renamed.nix)
// builtins.mapAttrs (name: names: entry name (library names)) (table ./libraries.json)
// import ./families.nix { inherit lib pkgs; }
