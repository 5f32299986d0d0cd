# The network of an interface, with something added. One that is only mentioned goes on to ask for its addresses.
{ lib, useDHCP }:
name: settings: {
  "40-${name}" = {
    matchConfig.Name = name;
    networkConfig.DHCP = lib.mkDefault useDHCP;
  }
  // settings;
}
