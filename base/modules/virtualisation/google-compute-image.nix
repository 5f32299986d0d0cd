# An image for Google Compute Engine.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  imports = [
    ./google-compute-config.nix
    (lib.mkRenamedOptionModule
      [ "virtualisation" "googleComputeImage" "diskSize" ]
      [ "virtualisation" "diskSize" ]
    )
  ];

  options.virtualisation.googleComputeImage = {
    configFile = mkOption {
      type = types.nullOr types.raw;
      default = null;
      description = "Accepted without effect; nothing is rebuilt on the machine.";
    };
    compressionLevel = mkOption {
      type = types.int;
      default = 6;
      description = "Accepted without effect.";
    };
    efi = mkOption {
      type = types.bool;
      default = true;
      description = "Accepted; images boot by UEFI.";
    };
  };

  config.system.build.googleComputeImage = config.image.disk.make {
    format = "gce";
    fileName = "${config.image.baseName}.raw.tar.gz";
    label = "${config.system.image.id}-${config.system.nixos.label}";
    imageInfo = {
      boot_mode = "uefi";
      system = config.nixpkgs.hostPlatform.system;
    };
  };
}
