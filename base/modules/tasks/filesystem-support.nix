# Programs for file systems, and the modules the kernel has for them.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  wanted = builtins.attrNames (lib.filterAttrs (_: on: on) config.boot.supportedFilesystems);
  packages = {
    btrfs = [ "btrfs-progs" ];
    cifs = [ "cifs-utils" ];
    exfat = [ "exfatprogs" ];
    ext4 = [ "e2fsprogs" ];
    f2fs = [ "f2fs-tools" ];
    nfs = [ "nfs-common" ];
    nfs4 = [ "nfs-common" ];
    ntfs = [ "ntfs-3g" ];
    vfat = [ "dosfstools" ];
    xfs = [ "xfsprogs" ];
  };
  mounted = lib.genAttrs (map (mount: mount.fsType) (builtins.attrValues config.fileSystems)) (_: true);
in
{
  options.boot.supportedFilesystems = mkOption {
    type = types.coercedTo (types.listOf types.str) (names: lib.genAttrs names (_: true)) (types.attrsOf types.bool);
    default = { };
    description = "File systems whose programs are in the image.";
  };

  config = {
    boot.supportedFilesystems = lib.mapAttrs (_: lib.mkDefault) (
      lib.filterAttrs (name: _: packages ? ${name}) mounted
    );
    image.debianPackages = lib.concatMap (name: packages.${name} or [ ]) wanted;
    assertions = [
      {
        assertion = !(builtins.elem "zfs" wanted);
        message = "boot.supportedFilesystems: ZFS is not in Debian main and not supported on an image.";
      }
    ];
  };
}
