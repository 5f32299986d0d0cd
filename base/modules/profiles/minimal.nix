# As little as possible. Images hold little anyway.
{ lib, ... }:
{
  environment.corePackages = lib.mkDefault [ ];
  environment.defaultPackages = lib.mkDefault [ ];
  documentation.enable = lib.mkDefault false;
}
