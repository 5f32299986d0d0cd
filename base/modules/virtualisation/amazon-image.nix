# An image for EC2.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.amazonImage;
in
{
  imports = [
    ./cloud.nix
    (lib.mkRenamedOptionModule [ "amazonImage" "sizeMB" ] [ "virtualisation" "diskSize" ])
  ];

  options = {
    amazonImage = {
      name = mkOption {
        type = types.str;
        default = config.image.baseName;
        defaultText = lib.literalExpression "config.image.baseName";
        description = "File name of the image without its extension.";
      };
      format = mkOption {
        type = types.enum [
          "raw"
          "qcow2"
          "vpc"
        ];
        default = "vpc";
        description = "Format of the image.";
      };
      contents = mkOption {
        type = types.listOf types.raw;
        default = [ ];
        description = "Not supported: files are part of the configuration.";
      };
    };
    ec2 = {
      hvm = mkOption {
        type = types.bool;
        default = true;
        visible = false;
        description = "Accepted; all machines are.";
      };
      efi = mkOption {
        type = types.bool;
        default = true;
        description = "Accepted; images boot by UEFI. Register them with boot mode `uefi`.";
      };
      zfs = mkOption {
        type = types.raw;
        default = { };
        visible = false;
        description = "Not supported.";
      };
    };
  };

  config = {
    assertions = [
      {
        assertion = cfg.contents == [ ];
        message = "amazonImage.contents is not supported: write the files with environment.etc or systemd.tmpfiles.";
      }
    ];

    boot.kernelParams = [
      "nvme_core.io_timeout=4294967295"
      "random.trust_cpu=on"
    ];
    boot.blacklistedKernelModules = [
      "nouveau"
      "xen_fbfront"
    ];
    networking.timeServers = [ "169.254.169.123" ];
    # Interfaces are attached and detached while the machine runs.
    networking.useDHCP = lib.mkDefault true;

    image.extension = lib.mkDefault (
      {
        raw = "raw";
        qcow2 = "qcow2";
        vpc = "vhd";
      }
      .${cfg.format}
    );

    system.build.amazonImage = config.image.disk.make {
      inherit (cfg) format;
      fileName = "${cfg.name}.${config.image.extension}";
      label = "${config.system.image.id}-${config.system.nixos.label}";
      imageInfo = {
        boot_mode = "uefi";
        system = config.nixpkgs.hostPlatform.system;
      };
    };
  };
}
