# What the set says about itself, and the ways to call files with it.
{
  lib,
  pkgs,
  debian,
  archives,
  system,
  config,
  host,
}:
let
  hardpan = import ./debian {
    inherit
      lib
      debian
      archives
      host
      system
      ;
  };
  withAliases = pkgs // pkgs.xorg;
in
{
  inherit lib system hardpan;
  inherit (hardpan) debian;
  pkgs = pkgs;
  path = ./.;

  config = {
    allowUnfree = false;
    allowUnsupportedSystem = false;
    permittedInsecurePackages = [ ];
  }
  // config;

  callPackage = lib.callPackageWith withAliases;
  callPackages = lib.callPackagesWith withAliases;
  newScope = extra: lib.callPackageWith (withAliases // extra);

  # Debian's packages are built for one architecture: cross compilation is not offered.
  buildPackages = pkgs;
  targetPackages = pkgs;
  pkgsBuildBuild = pkgs;
  pkgsBuildHost = pkgs;
  pkgsHostTarget = pkgs;

  nixosTests = { };
}
