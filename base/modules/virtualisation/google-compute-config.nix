# A machine in Google Compute Engine.
{ lib, ... }:
{
  imports = [ ./cloud.nix ];

  networking.timeServers = [ "metadata.google.internal" ];
  networking.hosts."169.254.169.254" = [
    "metadata.google.internal"
    "metadata"
  ];
  # The network's frames are smaller than usual, which DHCP says.
  systemd.network.networks."80-dhcp".dhcpV4Config.UseMTU = lib.mkDefault true;
}
