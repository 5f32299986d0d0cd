# File systems mounted beside the sealed root. The image has its own layout, so what a generated hardware file says of
# the root and boot partitions of some other disk is kept aside.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;

  entry =
    { name, config, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether it is mounted.";
        };
        mountPoint = mkOption {
          type = types.str;
          default = name;
          description = "Where it is mounted.";
        };
        device = mkOption {
          type = types.nullOr types.str;
          default = if config.label != null then "/dev/disk/by-label/${config.label}" else null;
          example = "/dev/disk/by-label/data";
          description = "What is mounted.";
        };
        label = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "Label of what is mounted, instead of a device.";
        };
        fsType = mkOption {
          type = types.str;
          default = "auto";
          description = "Type of the file system.";
        };
        options = mkOption {
          type = types.listOf types.str;
          default = [ "defaults" ];
          description = "Mount options.";
        };
        depends = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Paths that must be mounted before.";
        };
        noCheck = mkOption {
          type = types.bool;
          default = false;
          description = "Whether it is never checked before it is mounted.";
        };
        autoFormat = mkOption {
          type = types.bool;
          default = false;
          description = "Whether an empty device is formatted at first.";
        };
        formatOptions = mkOption {
          type = types.nullOr types.str;
          default = null;
          visible = false;
          description = "Options of the formatting program.";
        };
        autoResize = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the file system grows with its device.";
        };
        neededForBoot = mkOption {
          type = types.bool;
          default = false;
          description = "Accepted; what the machine needs to boot is in the image.";
        };
        stratis.poolUuid = mkOption {
          type = types.nullOr types.str;
          default = null;
          visible = false;
          description = "Accepted without effect.";
        };
      };
    };

  # Paths that the image itself lays out.
  own = [
    "/"
    "/boot"
    "/boot/efi"
    "/efi"
    "/nix"
    "/nix/store"
    "/usr"
    "/etc"
    "/tmp"
    "/var"
  ];

  active = lib.filterAttrs (
    _: mount: mount.enable && (mount.fsType == "tmpfs" || !(builtins.elem mount.mountPoint own))
  ) config.fileSystems;
  ignored = lib.filterAttrs (path: _: !(active ? ${path})) config.fileSystems;

  checked = [
    "ext2"
    "ext3"
    "ext4"
    "vfat"
    "exfat"
    "f2fs"
  ];

  escape = builtins.replaceStrings [ " " "\t" ] [ "\\040" "\\011" ];

  optionsOf =
    mount:
    mount.options
    ++ lib.optional mount.autoFormat "x-systemd.makefs"
    ++ lib.optional mount.autoResize "x-systemd.growfs"
    ++ map (path: "x-systemd.requires-mounts-for=${path}") mount.depends;

  line =
    mount:
    lib.concatStringsSep " " [
      (escape (if mount.device == null then mount.fsType else mount.device))
      (escape mount.mountPoint)
      mount.fsType
      (escape (lib.concatStringsSep "," (lib.unique (optionsOf mount))))
      "0"
      (if builtins.elem mount.fsType checked && !mount.noCheck then "2" else "0")
    ]
    + "\n";

  swapLine =
    swap:
    let
      options =
        lib.optional (swap.priority != null) "pri=${toString swap.priority}"
        ++ lib.optional (swap.discardPolicy != null) "discard${
          lib.optionalString (swap.discardPolicy != "both") "=${swap.discardPolicy}"
        }"
        ++ swap.options;
    in
    "${swap.device} none swap ${lib.concatStringsSep "," options} 0 0\n";
in
{
  options.fileSystems = mkOption {
    type = types.attrsOf (types.submodule entry);
    default = { };
    example = {
      "/data" = {
        device = "/dev/disk/by-label/data";
        fsType = "ext4";
      };
    };
    description = "File systems by mount point. The root, boot and state partitions are the image's own.";
  };

  config = {
    hardpan.withoutMeaning = lib.mapAttrs' (
      path: _: lib.nameValuePair "fileSystems.\"${path}\"" "the image has partitions of its own"
    ) ignored;

    assertions = lib.mapAttrsToList (path: mount: {
      assertion = mount.device != null || mount.fsType == "tmpfs";
      message = "fileSystems.\"${path}\" needs a device or a label.";
    }) active;

    environment.etc.fstab.text =
      config.image.state.fstabLine
      + lib.concatMapStrings line (builtins.attrValues active)
      + lib.concatMapStrings swapLine (builtins.filter (swap: swap.active) config.swapDevices);

    # Where something is mounted there must be a directory in the read-only root.
    image.root.files = lib.listToAttrs (
      map (mount: lib.nameValuePair mount.mountPoint { kind = "directory"; }) (
        builtins.filter (
          mount:
          !(lib.hasPrefix "/var" mount.mountPoint || lib.hasPrefix "/run" mount.mountPoint)
          && !(builtins.elem mount.mountPoint own)
          && mount.fsType != "none"
        ) (builtins.attrValues active)
      )
    );
  };
}
