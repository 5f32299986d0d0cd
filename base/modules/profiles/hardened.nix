# Settings that make an attacker's work harder and cost some speed or comfort.
{ lib, ... }:
{
  security = {
    protectKernelImage = lib.mkDefault true;
    lockKernelModules = lib.mkDefault true;
    allowUserNamespaces = lib.mkDefault true;
    forcePageTableIsolation = lib.mkDefault true;
    virtualisation.flushL1DataCache = lib.mkDefault "always";
    sudo.execWheelOnly = lib.mkDefault true;
  };

  boot.kernelParams = [
    "slab_nomerge"
    "init_on_alloc=1"
    "init_on_free=1"
    "page_alloc.shuffle=1"
    "randomize_kstack_offset=1"
    "vsyscall=none"
    "module.sig_enforce=1"
    "debugfs=off"
  ];

  # Protocols and file systems that are old, rare, or both.
  boot.blacklistedKernelModules = [
    "ax25"
    "netrom"
    "rose"
    "adfs"
    "affs"
    "bfs"
    "befs"
    "cramfs"
    "efs"
    "freevxfs"
    "hfs"
    "hfsplus"
    "hpfs"
    "jfs"
    "jffs2"
    "minix"
    "nilfs2"
    "omfs"
    "qnx4"
    "qnx6"
    "sysv"
    "udf"
    "ufs"
    "dccp"
    "rds"
    "sctp"
    "tipc"
    "firewire-core"
    "thunderbolt"
    "usb-storage"
  ];
  boot.extraModprobeConfig = lib.concatMapStrings (module: "install ${module} /bin/false\n") [
    "dccp"
    "rds"
    "sctp"
    "tipc"
    "cramfs"
    "freevxfs"
    "jffs2"
    "hfs"
    "hfsplus"
    "udf"
  ];

  boot.kernel.sysctl = lib.mapAttrs (_: lib.mkDefault) {
    "kernel.ftrace_enabled" = false;
    "kernel.perf_event_paranoid" = 3;
    "net.ipv4.icmp_echo_ignore_broadcasts" = true;
  };
}
