# What survives a reboot: the state partition on /var, and what else is kept there.
#
# systemd-repart makes the partition when the machine first boots and grows it with the disk. From the second boot on
# our init has mounted it before systemd starts, so no boot but the first waits for repart or udev.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.image.state;

  # Fixed partitions are listed so that repart recognises them; weight 0 and a least size below the usual 10 MiB keep
  # them as they are.
  fixed = type: "[Partition]\nType=${type}\nSizeMinBytes=4096\nWeight=0\nPaddingWeight=0\n";

  units = {
    "" = 1;
    K = 1024;
    M = 1048576;
    G = 1073741824;
    T = 1099511627776;
  };
  size = builtins.match "([1-9][0-9]{0,9})([KMGT]?)" cfg.minimumSize;

  mounts = config.fileSystems;
  # Each of these lives on the state partition unless the configuration mounts something there.
  kept = lib.filterAttrs (path: _: !(mounts ? ${path})) {
    "/home" = {
      directory = "/var/home";
      mode = "0755";
    };
    "/root" = {
      directory = "/var/roothome";
      mode = "0700";
    };
    "/srv" = {
      directory = "/var/srv";
      mode = "0755";
    };
    "/opt" = {
      directory = "/var/opt";
      mode = "0755";
    };
  };

  bind =
    path: directory:
    {
      device = directory.source;
      fsType = "none";
      options = [
        "bind"
        "x-systemd.requires-mounts-for=${builtins.dirOf directory.source}"
      ];
    };

  binds = lib.mapAttrs (path: directory: directory // { source = "/var/lib/hardpan/bind${path}"; }) cfg.directories;
in
{
  options.image.state = {
    minimumSize = mkOption {
      type = types.str;
      default = "256M";
      description = "Least size of the state partition, in bytes or with K, M, G or T behind; an image has room for it, and it takes all that the disk has.";
    };
    minimumBytes = mkOption {
      type = types.int;
      internal = true;
      readOnly = true;
      description = "The least size as a number.";
    };
    fstabLine = mkOption {
      type = types.str;
      internal = true;
      readOnly = true;
      description = "The line of fstab for the state partition.";
    };
    options = mkOption {
      type = types.listOf types.str;
      default = [
        "nosuid"
        "nodev"
        "noatime"
      ];
      description = "Mount options of the state partition.";
    };
    directories = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            user = mkOption {
              type = types.str;
              default = "root";
              description = "Owner.";
            };
            group = mkOption {
              type = types.str;
              default = "root";
              description = "Group.";
            };
            mode = mkOption {
              type = types.str;
              default = "0755";
              description = "Mode.";
            };
          };
        }
      );
      default = { };
      example = {
        "/etc/kubernetes" = { };
      };
      description = ''
        Directories outside of /var that software must write into while the machine runs. Each is an empty directory
        of the image over which one from the state partition is mounted.
      '';
    };
  };

  config = {
    image.state.minimumBytes =
      if size == null then
        throw "image.state.minimumSize is \"${cfg.minimumSize}\"; a size is a number, with K, M, G or T behind it for larger ones, as in \"256M\""
      else
        lib.toIntBase10 (builtins.elemAt size 0) * units.${builtins.elemAt size 1};

    image.debianPackages = [
      "systemd-repart"
      "e2fsprogs"
    ];

    image.root.files = {
      "/usr/lib/repart.d/10-esp.conf".text = fixed "esp";
      "/usr/lib/repart.d/20-root.conf".text = fixed "root";
      "/usr/lib/repart.d/21-root-verity.conf".text = fixed "root-verity";
      "/usr/lib/repart.d/40-state.conf".text = ''
        [Partition]
        Type=var
        Label=state
        Format=ext4
        SizeMinBytes=${toString cfg.minimumBytes}
        GrowFileSystem=yes
      '';
      # Our init binds the machine's own id over it; without a file there systemd does not start.
      "/etc/machine-id" = {
        text = "";
        mode = "0444";
      };
      # Shorter than the package's own: no kernel modules to load first (the initrd has loaded them), and nothing waits
      # for it but /var, which is mounted already on all boots but the first.
      "/etc/systemd/system/systemd-repart.service".text = ''
        [Unit]
        Description=Make and grow the state partition
        DefaultDependencies=no
        Conflicts=shutdown.target
        Before=shutdown.target

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/usr/bin/systemd-repart --dry-run=no --discard=no /run/hardpan/disk
        ExecStartPost=/usr/lib/hardpan/name-state
        SuccessExitStatus=76 77
      '';
      # Our init names the disk that the root came from, and the state partition where it has one; the first boot makes
      # it. What partitions of other disks are called decides nothing.
      "/usr/lib/hardpan/name-state" = {
        mode = "0555";
        text = ''
          #!/usr/bin/sh
          [ -e /run/hardpan/state ] && exit 0
          disk=$(readlink /run/hardpan/disk) || exit 1
          number=$(/usr/bin/partx --raw --noheadings --output NR,TYPE,NAME "$disk" |
            sed -n 's/^ *\([0-9]*\) 4d21b016-b534-45c2-a9fb-5c16e091fd2d state$/\1/p' | head -n 1)
          case $disk in
            *[0-9]) partition="''${disk}p$number" ;;
            *) partition="$disk$number" ;;
          esac
          [ -n "$number" ] && [ -b "$partition" ] && ln -s "$partition" /run/hardpan/state
        '';
      };
      # Not a path below /dev: mount finds the partition by itself, while udev, busy with all other devices, would say
      # seconds later that it is there.
      "/etc/systemd/system/var.mount".text = ''
        [Unit]
        Description=State partition
        DefaultDependencies=no
        Requires=systemd-repart.service hardpan-check-state.service
        After=systemd-repart.service hardpan-check-state.service
        Before=local-fs.target umount.target
        Conflicts=umount.target

        [Mount]
        What=/run/hardpan/state
        Where=/var
        Type=ext4
        Options=${lib.concatStringsSep "," cfg.options}
      '';
      "/etc/systemd/system/local-fs.target.requires/var.mount".target = "../var.mount";
      # Only a file system with errors is there at this time and not mounted: our init has left it to us.
      "/usr/lib/systemd/system/hardpan-check-state.service".text = ''
        [Unit]
        Description=Check the state partition
        DefaultDependencies=no
        ConditionPathIsMountPoint=!/var
        Conflicts=shutdown.target
        Before=systemd-repart.service shutdown.target

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/usr/lib/hardpan/check-state
      '';
      "/usr/lib/hardpan/check-state" = {
        mode = "0555";
        text = ''
          #!/usr/bin/sh
          # No partition yet: the machine boots for the first time.
          device=$(readlink /run/hardpan/state) || exit 0
          /usr/sbin/e2fsck -p "$device"
          status=$?
          # Not even the superblock can be read: there are copies of it.
          if [ "$status" -ge 8 ]; then
            /usr/sbin/e2fsck -fy -b 32768 "$device"
            status=$?
          fi
          [ "$status" -le 2 ]
        '';
      };
      "/usr/lib/systemd/system/hardpan-machine-id.service".text = ''
        [Unit]
        Description=Keep the machine id on the state partition
        DefaultDependencies=no
        ConditionPathExists=!/var/lib/hardpan/machine-id
        RequiresMountsFor=/var/lib/hardpan
        Conflicts=shutdown.target
        Before=multi-user.target shutdown.target

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/usr/bin/install -D -m 0444 /etc/machine-id /var/lib/hardpan/machine-id

        [Install]
        WantedBy=multi-user.target
      '';
      # The partition is made as large as the disk; only a disk that has grown since leaves something to do.
      "/usr/lib/systemd/system/hardpan-grow-state.service".text = ''
        [Unit]
        Description=Grow the file system on /var
        RequiresMountsFor=/var
        After=systemd-repart.service sshd.service getty.target

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/usr/lib/systemd/systemd-growfs /var

        [Install]
        WantedBy=multi-user.target
      '';
      "/usr/lib/tmpfiles.d/00-image-layout.conf".text =
        lib.concatStrings (
          lib.mapAttrsToList (_: kept: "d ${kept.directory} ${kept.mode} root root -\n") kept
          ++ lib.mapAttrsToList (_: bind: "d ${bind.source} ${bind.mode} ${bind.user} ${bind.group} -\n") binds
        )
        + ''
          d /var/empty 0555 root root -
          d /var/log/journal 2755 root systemd-journal -
          L /var/lock - - - - ../run/lock
          d /run/lock 1777 root root -
          f /var/log/wtmp 0664 root utmp -
          f /var/log/btmp 0660 root utmp -
          f /var/log/lastlog 0664 root utmp -
          L+ /run/current-system - - - - /usr/lib/hardpan/system
          L+ /run/booted-system - - - - /usr/lib/hardpan/system
        '';
      "/usr/lib/hardpan/system/sw".target = "/usr";
      "/usr/lib/hardpan/system/etc".target = "/etc";
    }
    // lib.mapAttrs' (path: kept: lib.nameValuePair path { target = lib.removePrefix "/" kept.directory; }) kept
    // lib.mapAttrs' (path: _: lib.nameValuePair path { kind = "directory"; }) cfg.directories;

    image.root.enableUnits = [
      "hardpan-machine-id.service"
      "hardpan-grow-state.service"
    ];

    # These would make what the image already has, or write into /etc.
    image.root.maskTmpfiles = [
      "debian.conf"
      "home.conf"
      "legacy.conf"
      "passwd.conf"
      "provision.conf"
      "x11.conf"
    ];

    fileSystems = lib.mapAttrs bind binds;

    # Our init reads it. systemd's own unit is above.
    image.state.fstabLine = "/run/hardpan/state /var ext4 ${lib.concatStringsSep "," cfg.options} 0 0\n";
  };
}
