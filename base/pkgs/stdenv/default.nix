# The platform that packages are for.
{ lib, system, ... }:
let
  hostPlatform = lib.systems.elaborate system;
in
{
  stdenv = {
    inherit hostPlatform system;
    buildPlatform = hostPlatform;
    targetPlatform = hostPlatform;
  };
  inherit hostPlatform;
}
