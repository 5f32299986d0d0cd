# Programs that Debian ships setuid or setgid and that an image holds without the bit: who may become somebody else
# does so with sudo. A module that needs one of them raised says so in `image.root.permissions`, which comes later and
# wins. A program with such a bit that stands nowhere stops the build.
{ config, lib, ... }:
let
  ordinary = {
    at = [ "/usr/bin/at" ];
    bsdextrautils = [ "/usr/bin/write" ];
    bsdutils = [ "/usr/bin/wall" ];
    cifs-utils = [ "/usr/sbin/mount.cifs" ];
    dbus-daemon = [ "/usr/lib/dbus-1.0/dbus-daemon-launch-helper" ];
    dbus-system-bus-common = [ "/usr/lib/dbus-1.0/dbus-daemon-launch-helper" ];
    fuse3 = [ "/usr/bin/fusermount3" ];
    krb5-user = [ "/usr/bin/ksu.mit" ];
    liblockfile-bin = [ "/usr/bin/dotlockfile" ];
    libutempter0 = [ "/usr/lib/x86_64-linux-gnu/utempter/utempter" ];
    login = [ "/usr/bin/newgrp" ];
    mount = [
      "/usr/bin/mount"
      "/usr/bin/umount"
    ];
    nfs-common = [ "/usr/sbin/mount.nfs" ];
    ntfs-3g = [ "/usr/bin/ntfs-3g" ];
    open-vm-tools = [ "/usr/bin/vmware-user-suid-wrapper" ];
    opendoas = [ "/usr/bin/doas" ];
    openssh-client = [
      "/usr/bin/ssh-agent"
      "/usr/lib/openssh/ssh-keysign"
    ];
    passwd = [
      "/usr/bin/chage"
      "/usr/bin/chfn"
      "/usr/bin/chsh"
      "/usr/bin/expiry"
      "/usr/bin/gpasswd"
      "/usr/bin/newgrp"
      "/usr/bin/passwd"
    ];
    pkexec = [ "/usr/bin/pkexec" ];
    plocate = [ "/usr/bin/plocate" ];
    polkitd = [ "/usr/lib/polkit-1/polkit-agent-helper-1" ];
    ppp = [ "/usr/sbin/pppd" ];
    uidmap = [
      "/usr/bin/newgidmap"
      "/usr/bin/newuidmap"
    ];
    util-linux = [ "/usr/bin/su" ];
  };

  present = builtins.filter (name: ordinary ? ${name}) config.image.closure.names;
in
{
  options.image.withoutPrivileges = lib.mkOption {
    type = lib.types.raw;
    internal = true;
    readOnly = true;
    description = "Modes of programs of the image that lose a setuid or setgid bit.";
  };

  config.image.withoutPrivileges = map (path: {
    inherit path;
    mode = "0755";
    optional = true;
  }) (lib.concatMap (name: ordinary.${name}) present);
}
