# The disk: partitions, kernel image, boot loader.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.image.disk;
in
{
  options.image.disk = {
    espMinimumMiB = mkOption {
      type = types.ints.unsigned;
      default = 0;
      description = "Least size of the EFI system partition; it is never smaller than what `ukiSlots` take.";
    };
    ukiSlots = mkOption {
      type = types.ints.unsigned;
      default = 6;
      description = "How many kernel images the EFI system partition has room for, beside the one being written.";
    };
    bootCounting = mkOption {
      type = types.nullOr types.ints.positive;
      default = null;
      description = "How often a new generation is tried before the boot loader falls back. An image's only generation has nothing to fall back to, so it is not counted.";
    };
    make = mkOption {
      type = types.functionTo types.raw;
      internal = true;
      readOnly = true;
      description = "Makes the derivation of one disk image.";
    };
  };

  config.image.disk.make =
    {
      format,
      fileName,
      label ? config.system.image.id,
      imageInfo ? { },
      # MiB or "auto".
      diskSize ? config.virtualisation.diskSize,
    }:
    lib.hardpan.checked config (derivation {
      system = "builtin";
      name = "${config.system.image.id}-${format}";
      builder = "builtin:hardpan-image-v2";
      checks = config.image.checked.inputs;
      spec = builtins.toJSON {
        version = 1;
        inherit
          fileName
          format
          label
          imageInfo
          ;
        system = config.nixpkgs.hostPlatform.system;
        root = "${config.system.build.root}";
        kernel = "${config.system.build.kernel}";
        initrd = "${config.system.build.initrd}";
        bootFiles = "${pkgs.hardpan.object "systemd-boot-efi"}";
        commandLine = config.boot.kernelParams;
        osRelease = config.system.osRelease;
        loaderTimeout = config.boot.loader.timeout;
        epoch = pkgs.hardpan.epoch;
        inherit (cfg) bootCounting ukiSlots espMinimumMiB;
        diskSizeMiB = if builtins.isInt diskSize then diskSize else null;
        stateMinimumBytes = config.image.state.minimumBytes;
      };
    })
    // {
      passthru = { inherit fileName; };
      filePath = fileName;
    };
}
