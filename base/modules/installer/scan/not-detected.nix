# Hardware that nobody has looked for. Firmware comes with the packages that hold it.
{ lib, ... }:
{
  hardware.enableRedistributableFirmware = lib.mkDefault false;
}
