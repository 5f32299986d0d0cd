# The options have NixOS's names and meaning.
{ pkgs, ... }:
{
  networking.hostName = "my-base";
  time.timeZone = "UTC";

  # The serial port is where clouds and `hardpan vm` show the console.
  boot.kernelParams = [
    "console=tty0"
    "console=ttyS0,115200n8"
  ];

  services.openssh.enable = true;

  # Programs on the machine; `pkgs.debian.<name>` is any package of Debian.
  environment.systemPackages = with pkgs; [
    curl
    jq
  ];

  security.sudo.wheelNeedsPassword = false;
  users.users.admin = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    # Put your public key here: there is no other way to log in.
    openssh.authorizedKeys.keys = [ ];
  };

  system.stateVersion = "25.11";
}
