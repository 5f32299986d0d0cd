# The package set, for code that imports the base as a file. In a flake `hardpan.legacyPackages.<system>` is the same
# with the locked Debian input already given.
{
  system ? builtins.currentSystem or "x86_64-linux",
  config ? { },
  overlays ? [ ],
  debian ? throw "Importing the base needs its Debian input: write `hardpan.legacyPackages.\${system}' for `import hardpan { inherit system; }', or give `debian = hardpan.inputs.debian;'.",
  lib ? import ./lib,
}:
import ./pkgs {
  inherit
    lib
    debian
    system
    config
    overlays
    ;
}
