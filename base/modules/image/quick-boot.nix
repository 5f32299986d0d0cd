# Units of systemd in a shorter form: what an image has by nature need not be found out at every boot, and what only
# logs and tools want does not stand in the way of services.
{ config, lib, ... }:
let
  cfg = config.image.coldplug;
  arguments = option: lib.concatMapStringsSep " " (name: "--${option}=${name}");

  # Nodes of modules that are loaded when somebody opens them. The numbers are the kernel's own (devices.txt).
  nodes = {
    "/dev/btrfs-control" = "0660 root disk - 10:234";
    "/dev/cuse" = "0600 root root - 10:203";
    "/dev/fuse" = "0666 root root - 10:229";
    "/dev/loop-control" = "0660 root disk - 10:237";
    "/dev/net/tun" = "0666 root root - 10:200";
    "/dev/ppp" = "0600 root root - 108:0";
    "/dev/uinput" = "0600 root root - 10:223";
    "/dev/vfio/vfio" = "0666 root root - 10:196";
    "/dev/vhost-net" = "0660 root kvm - 10:238";
    "/dev/vhost-vsock" = "0660 root kvm - 10:241";
  };
  hasModules = config.boot.kernel.enable;
in
{
  options.image.coldplug = {
    skip = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Subsystems whose devices udev does not look at when the machine boots.";
    };
    terminals = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [
        "tty0"
        "tty1"
        "ttyS*"
        "ttyAMA*"
        "hvc*"
        "xvc*"
      ];
      description = "Terminals that udev looks at when the machine boots.";
    };
  };

  # No rule says anything about these.
  config.image.coldplug.skip = [
    "bdi"
    "clockevents"
    "clocksource"
    "event_source"
    "machinecheck"
    "mem"
    "memory"
    "vc"
    "workqueue"
  ];

  config.image.root = {
    files = {
      "/usr/lib/tmpfiles.d/hardpan-static-nodes.conf" = lib.mkIf hasModules {
        text = lib.concatStrings (lib.mapAttrsToList (path: node: "c! ${path} ${node}\n") nodes);
      };

      # Debian's waits for a list of the kernel's modules, and devices wait for it; the list is above.
      "/etc/systemd/system/systemd-tmpfiles-setup-dev.service".text = ''
        [Unit]
        Description=Make device nodes that no event announces
        DefaultDependencies=no
        Before=sysinit.target shutdown.target
        Conflicts=shutdown.target

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/usr/bin/systemd-tmpfiles --prefix=/dev --create --boot
        SuccessExitStatus=DATAERR CANTCREAT
      '';

      # Debian's also announces all drivers and modules, and sixty terminals.
      "/etc/systemd/system/systemd-udev-trigger.service".text = ''
        [Unit]
        Description=Announce the devices that are there already
        DefaultDependencies=no
        Wants=systemd-udevd.service
        After=systemd-udevd-kernel.socket systemd-udevd-control.socket
        Before=sysinit.target
        ConditionPathIsReadWrite=/sys

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=-/usr/bin/udevadm trigger --action=add --prioritized-subsystem=block,net,input ${
          arguments "subsystem-nomatch" (cfg.skip ++ [ "tty" ])
        }
        ExecStart=-/usr/bin/udevadm trigger --action=add --subsystem-match=tty ${
          arguments "sysname-match" cfg.terminals
        }
      '';

      # Debian's lets all services wait until the journal is on the disk.
      "/etc/systemd/system/systemd-journal-flush.service".text = ''
        [Unit]
        Description=Move the journal to the state partition
        DefaultDependencies=no
        Wants=systemd-journald.service
        After=systemd-journald.service
        RequiresMountsFor=/var/log/journal
        Before=soft-reboot.target systemd-soft-reboot.service
        Conflicts=soft-reboot.target

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        TimeoutSec=90s
        ExecStart=/usr/bin/journalctl --flush
        ExecStop=/usr/bin/journalctl --smart-relinquish-var
      '';
    };

    maskUnits = [
      "kmod-static-nodes.service"
      "systemd-tmpfiles-setup-dev-early.service"
      # Keeps what a DHCP server of systemd-networkd has given away.
      "systemd-networkd-persistent-storage.service"
    ];
  };
}
