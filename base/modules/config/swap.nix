# Swap on files of the state partition. Swap partitions of some other disk have no meaning on an image.
{
  config,
  lib,
  utils,
  ...
}:
let
  inherit (lib) mkOption types;

  entry =
    { config, ... }:
    {
      options = {
        device = mkOption {
          type = types.str;
          example = "/var/lib/swapfile";
          description = "File, or device, that is swapped to.";
        };
        label = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "Label of the device.";
        };
        size = mkOption {
          type = types.nullOr types.ints.positive;
          default = null;
          description = "Size of the file in MiB; it is made when it does not exist.";
        };
        priority = mkOption {
          type = types.nullOr types.int;
          default = null;
          description = "Priority; higher ones are used first.";
        };
        discardPolicy = mkOption {
          type = types.nullOr (
            types.enum [
              "once"
              "pages"
              "both"
            ]
          );
          default = null;
          description = "How freed pages are discarded.";
        };
        options = mkOption {
          type = types.listOf types.str;
          default = [ "defaults" ];
          description = "Mount options.";
        };
        randomEncryption = mkOption {
          type = types.raw;
          default = false;
          description = "Not supported on an image.";
        };
        active = mkOption {
          type = types.bool;
          internal = true;
          default = !(lib.hasPrefix "/dev/" config.device) || lib.hasPrefix "/dev/zram" config.device;
          description = "Whether it is a file that the image can have.";
        };
      };
      config.device = lib.mkIf (config.label != null) "/dev/disk/by-label/${config.label}";
    };

  files = builtins.filter (swap: swap.active && swap.size != null) config.swapDevices;
  ignored = builtins.filter (swap: !swap.active) config.swapDevices;
in
{
  options.swapDevices = mkOption {
    type = types.listOf (types.submodule entry);
    default = [ ];
    example = [
      {
        device = "/var/lib/swapfile";
        size = 2048;
      }
    ];
    description = "Swap files.";
  };

  config = {
    hardpan.withoutMeaning = lib.mkIf (ignored != [ ]) {
      swapDevices = "the image has no swap partition; a file with `size` is made on the state partition";
    };

    assertions = lib.mapAttrsToList (device: _: {
      assertion = false;
      message = "swapDevices has ${device} several times. Leave all but one out.";
    }) (lib.hardpan.sharing (swap: swap.device) config.swapDevices);

    systemd.services = builtins.listToAttrs (
      map (
        swap:
        lib.nameValuePair "hardpan-swap-${utils.escapeSystemdPath swap.device}" {
          description = "Make the swap file ${swap.device}";
          unitConfig = {
            ConditionPathExists = "!${swap.device}";
            RequiresMountsFor = builtins.dirOf swap.device;
            DefaultDependencies = false;
          };
          before = [ "${utils.escapeSystemdPath swap.device}.swap" ];
          requiredBy = [ "${utils.escapeSystemdPath swap.device}.swap" ];
          serviceConfig = {
            Type = "oneshot";
            ExecStart = [
              "/usr/bin/fallocate -l ${toString swap.size}MiB ${swap.device}.new"
              "/usr/bin/chmod 0600 ${swap.device}.new"
              "/usr/sbin/mkswap ${swap.device}.new"
              "/usr/bin/mv ${swap.device}.new ${swap.device}"
            ];
          };
        }
      ) files
    );
  };
}
