# A machine without screen and keyboard.
{ lib, ... }:
{
  console.enable = lib.mkDefault false;
  boot.kernelParams = [
    "panic=1"
  ];
}
