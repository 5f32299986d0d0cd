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
          type = types.strMatching "/|.*[^/\n]";
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

  mountPoints =
    map (mount: mount.mountPoint) (builtins.attrValues active) ++ map (mount: mount.where) config.systemd.mounts;

  checked = [
    "ext2"
    "ext3"
    "ext4"
    "vfat"
    "exfat"
    "f2fs"
  ];

  # Blanks part the fields, a backslash begins a code, and a line that begins with a number sign is none.
  escape =
    field:
    lib.optionalString (lib.hasPrefix "#" field) "\\043"
    + builtins.replaceStrings [ " " "\t" "\n" "\\" ] [ "\\040" "\\011" "\\012" "\\134" ] (lib.removePrefix "#" field);

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
      (escape mount.fsType)
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
    "${escape swap.device} none swap ${escape (lib.concatStringsSep "," options)} 0 0\n";
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

    assertions =
      lib.mapAttrsToList (path: mount: {
        assertion = mount.device != null || mount.fsType == "tmpfs";
        message = "fileSystems.\"${path}\" needs a device or a label.";
      }) active
      ++ lib.mapAttrsToList (where: _: {
        assertion = false;
        message = "${where} is the mount point of several of fileSystems and systemd.mounts. Leave all but one out.";
      }) (lib.hardpan.sharing (where: where) mountPoints);

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
