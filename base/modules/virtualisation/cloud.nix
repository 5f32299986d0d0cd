# What images for clouds and virtual machines have in common: the small kernel and a serial console.
{
  config,
  lib,
  pkgs,
  ...
}:
{
  # Debian's kernel without drivers for hardware that virtual machines never have.
  boot.kernelPackages = lib.mkDefault (
    pkgs.linuxPackages_cloud or {
      kernel.debianName =
        if config.nixpkgs.hostPlatform.system == "aarch64-linux" then
          "linux-image-cloud-arm64"
        else
          "linux-image-cloud-amd64";
    }
  );
  boot.kernelParams = [
    "console=tty0"
    "console=ttyS0,115200n8"
  ];
  # What processors can do beyond the usual serves virtual machines within virtual machines.
  image.coldplug.skip = [ "cpu" ];
  # Nobody sits in front of a screen; the serial line is the console.
  image.root.maskUnits = [ "getty@tty1.service" ];
  services.openssh.enable = lib.mkDefault true;
  # One machine among many: who reads its messages, reads them on the serial line.
  boot.loader.timeout = lib.mkDefault 0;
}
