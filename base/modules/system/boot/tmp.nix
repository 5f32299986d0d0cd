# /tmp is memory; what is in it is gone after a reboot.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.boot.tmp;
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "boot" "cleanTmpDir" ] [ "boot" "tmp" "cleanOnBoot" ])
    (lib.mkRenamedOptionModule [ "boot" "tmpOnTmpfs" ] [ "boot" "tmp" "useTmpfs" ])
    (lib.mkRenamedOptionModule [ "boot" "tmpOnTmpfsSize" ] [ "boot" "tmp" "tmpfsSize" ])
  ];

  options.boot.tmp = {
    cleanOnBoot = mkOption {
      type = types.bool;
      default = true;
      description = "Accepted; /tmp is empty after each boot.";
    };
    useTmpfs = mkOption {
      type = types.bool;
      default = true;
      description = "Whether /tmp is memory; otherwise it is on the state partition.";
    };
    tmpfsSize = mkOption {
      type = types.oneOf [
        types.str
        types.ints.positive
      ];
      default = "50%";
      description = "The most that /tmp holds.";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf (cfg.useTmpfs && cfg.tmpfsSize != "50%") {
      systemd.mounts = [
        {
          what = "tmpfs";
          where = "/tmp";
          overrideStrategy = "asDropin";
          mountConfig.Options = "mode=1777,strictatime,nosuid,nodev,size=${toString cfg.tmpfsSize},nr_inodes=1m";
        }
      ];
    })
    (lib.mkIf (!cfg.useTmpfs) {
      image.root.maskUnits = [ "tmp.mount" ];
      image.root.files."/tmp".target = "var/tmp/tmp";
      systemd.tmpfiles.rules = [ "D! /var/tmp/tmp 1777 root root 10d" ];
    })
  ];
}
