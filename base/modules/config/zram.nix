# Swap into compressed memory.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.zramSwap;
in
{
  options.zramSwap = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether memory that is not used is compressed.";
    };
    memoryPercent = mkOption {
      type = types.ints.positive;
      default = 50;
      description = "Size of the device, in percent of the memory.";
    };
    memoryMax = mkOption {
      type = types.nullOr types.int;
      default = null;
      description = "Greatest size of the device in bytes.";
    };
    priority = mkOption {
      type = types.int;
      default = 5;
      description = "Priority; higher ones are used first.";
    };
    algorithm = mkOption {
      type = types.str;
      default = "zstd";
      description = "How it is compressed.";
    };
    swapDevices = mkOption {
      type = types.int;
      default = 1;
      visible = false;
      description = "Accepted; there is one device.";
    };
    writebackDevice = mkOption {
      type = types.nullOr types.path;
      default = null;
      visible = false;
      description = "Not supported.";
    };
  };

  config = lib.mkIf cfg.enable {
    image.debianPackages = [ "systemd-zram-generator" ];
    environment.etc."systemd/zram-generator.conf".text = ''
      [zram0]
      zram-size = ${
        lib.optionalString (cfg.memoryMax != null) "min("
      }ram * ${toString cfg.memoryPercent} / 100${
        lib.optionalString (cfg.memoryMax != null) ", ${toString (cfg.memoryMax / 1048576)})"
      }
      compression-algorithm = ${cfg.algorithm}
      swap-priority = ${toString cfg.priority}
    '';
  };
}
