# What every image holds: the packages a server cannot do without, and what of packages stays out.
{ config, lib, ... }:
let
  inherit (config) programs;
  defaults = lib.mapAttrs (_: lib.mkDefault);
  hasBinaryFormats = builtins.any (lib.hasPrefix "binfmt.d/") (builtins.attrNames config.environment.etc);
in
{
  config.image = {
    # Essential packages are in nobody's dependencies, so each has to be named.
    debianPackages = [
      "base-files"
      "bash"
      "ca-certificates"
      "coreutils"
      "dash"
      "dbus-broker"
      "diffutils"
      "findutils"
      "grep"
      "gzip"
      "hostname"
      "iproute2"
      "kmod"
      "less"
      "libc-bin"
      "login"
      "mawk"
      "mount"
      "ncurses-base"
      "ncurses-bin"
      "netbase"
      "procps"
      "sed"
      "systemd"
      "systemd-sysv"
      "tzdata"
      "udev"
      "util-linux"
    ];

    preferredPackages = defaults {
      "awk" = "mawk";
      "default-dbus-system-bus" = "dbus-broker";
      "dbus-system-bus" = "dbus-broker";
      "default-logind" = "libpam-systemd";
      "init" = "systemd-sysv";
      "systemd-sysusers" = "systemd";
      "systemd-tmpfiles" = "systemd";
      "mail-transport-agent" = "postfix";
      "time-daemon" = "systemd-timesyncd";
    };

    root.alternatives = defaults {
      "/usr/bin/awk" = "/usr/bin/mawk";
      "/usr/bin/nawk" = "/usr/bin/mawk";
      "/usr/bin/pager" = "/usr/bin/less";
    };

    # Documentation and translations are not even in objects; what is left of their kind is here. Licences
    # (`/usr/share/doc/*/copyright`) stay as evidence.
    root.exclude = [
      "/boot/*"
      "/usr/share/{debianutils,initramfs-tools,perl5,sgml,xml,pam,pam-configs,runit,dpkg,base-files,initramfs,gdb}"
      "/usr/{games,include}"
      "/usr/lib/{dracut,initcpio,runit-helper}"
      "/usr/lib/*-linux-gnu*/pkgconfig"
      "/usr/lib/python3/dist-packages/awscli/examples"
      "/usr/lib/systemd/system-preset"
    ]
    ++ lib.optional (!programs.bash.completion.enable && !programs.bash.enableCompletion) "/usr/share/bash-completion"
    ++ lib.optional (!programs.zsh.enable) "/usr/share/zsh"
    ++ lib.optional (!programs.fish.enable) "/usr/share/fish";

    # All other files below /etc are written by modules.
    root.keepEtc = [
      "bash.bashrc"
      "bindresvport.blacklist"
      "debian_version"
      "ethertypes"
      "gai.conf"
      "host.conf"
      "issue.net"
      "ld.so.conf"
      "ld.so.conf.d"
      "libaudit.conf"
      "login.defs"
      "mime.types"
      "mke2fs.conf"
      "netconfig"
      "protocols"
      "python3*"
      "rpc"
      "security/*.conf"
      "security/namespace.init"
      "selinux"
      "services"
      "ssl/openssl.cnf"
      "udev"
      "xattr.conf"
    ];
    # Converters from other password stores, written for Python 2.
    root.mayMiss = [ "/usr/share/pass/*2pass.py" ];

    root.maskUnits = [
      # They write into /etc or /usr, which are part of the image.
      "ldconfig.service"
      "systemd-firstboot.service"
      "systemd-hwdb-update.service"
      "systemd-machine-id-commit.service"
      "systemd-sysusers.service"
      "systemd-update-done.service"
      # Without that stamp it would run at every boot, for explanations that only journalctl -x shows.
      "systemd-journal-catalog-update.service"
      # Suspends nothing, and there is nothing to resume from.
      "systemd-hibernate-clear.service"
      # What these load is built into Debian's kernel or is loaded when it is used.
      "modprobe@configfs.service"
      "modprobe@dm_mod.service"
      "modprobe@drm.service"
      "modprobe@efi_pstore.service"
      "modprobe@fuse.service"
      "modprobe@loop.service"
      # File systems of debuggers and of hardware that servers have not.
      "sys-fs-fuse-connections.mount"
      "sys-kernel-config.mount"
      "sys-kernel-debug.mount"
      # The root is as it is; there is nothing to mount again.
      "systemd-remount-fs.service"
      # A directory of /run does as well.
      "run-lock.mount"
      "sys-kernel-tracing.mount"
      # Nothing hands these over, and nobody types passwords while a server boots.
      "systemd-network-generator.service"
      "systemd-udev-load-credentials.service"
      "systemd-ask-password-console.path"
      "systemd-ask-password-wall.path"
      # A key press on a console is no reason to reboot a server.
      "ctrl-alt-del.target"
      "getty-static.service"
      "systemd-initctl.socket"
    ]
    # Programs for other machines run only where somebody has asked for it.
    ++ lib.optionals (!hasBinaryFormats) [
      "proc-sys-fs-binfmt_misc.automount"
      "systemd-binfmt.service"
    ]
    ++ map (name: "/etc/systemd/system-generators/systemd-${name}-generator") [
      # They look for what an image says itself: partitions, hashes, scripts of another age.
      "cryptsetup"
      "gpt-auto"
      "hibernate-resume"
      "integritysetup"
      "rc-local"
      "ssh"
      "system-update"
      "sysv"
      "tpm2"
      "veritysetup"
    ];
  };
}
