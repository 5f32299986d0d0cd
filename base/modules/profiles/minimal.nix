# As little as possible. Images hold little anyway.
{ lib, ... }:
{
  environment.defaultPackages = lib.mkDefault [ ];
  documentation.enable = lib.mkDefault false;
}
