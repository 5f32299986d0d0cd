# What to use instead of options of NixOS that are not supported here, by the longest beginning of the name.
{
  "boot.binfmt" = "register formats with a file in `environment.etc.\"binfmt.d/….conf\"`";
  "boot.initrd" = "the initrd is hardpan's own; what must happen early goes into a unit that is ordered before sysinit.target";
  "boot.initrd.luks" = "the root is sealed with dm-verity; encrypt the volume at the cloud provider";
  "boot.zfs" = "an image's file systems are EROFS and ext4; mount further volumes by `fileSystems`";
  "containers" = "run containers with `virtualisation.containerd`, or a unit of your own with systemd-nspawn";
  "environment.loginShellInit" = "put the text into `environment.etc.\"profile.d/….sh\".text`";
  "fonts" = "a server image holds no fonts; add them with `environment.systemPackages`";
  "hardware" = "drivers and firmware come from Debian's kernel packages";
  "networking.networkmanager" = "use `systemd.network` or `networking.interfaces`; networkd runs the network";
  "networking.wg-quick" = "use `systemd.network.netdevs` with `netdevConfig.Kind = \"wireguard\"`";
  "networking.wireguard" = "use `systemd.network.netdevs` with `netdevConfig.Kind = \"wireguard\"`";
  "networking.wireless" = "a server image has no wireless network";
  "programs" = "add the package to `environment.systemPackages` and its settings to `environment.etc`";
  "security.acme" = "run a client such as lego or certbot as a unit with a timer in `systemd.services`";
  "security.apparmor" = "add the package `apparmor` and its profiles under `environment.etc.\"apparmor.d/…\"`";
  "security.polkit" = "add the package `polkit` and rules under `environment.etc.\"polkit-1/rules.d/…\"`";
  "services" = "add the Debian package to `systemd.packages`, or write the service as `systemd.services.<name>`";
  "services.cron" = "use `systemd.timers`";
  "services.journald.upload" = "write a `systemd.services` unit that runs systemd-journal-upload";
  "services.logrotate" = "let the journal keep the logs, or write a timer in `systemd.timers`";
  "services.xserver" = "a server image has no desktop";
  "system.activationScripts" = "no script runs when an image is made; use `systemd.tmpfiles.rules` or a oneshot unit";
  "system.userActivationScripts" = "no script runs when an image is made; use a user unit";
  "users.extraGroups" = "use `users.groups`";
  "users.extraUsers" = "use `users.users`";
  "users.ldap" = "write `/etc/nsswitch.conf` and sssd's settings with `environment.etc`";
  "virtualisation.docker" = "use `virtualisation.containerd`, or add Debian's `docker.io` to `environment.systemPackages` and `systemd.packages`";
  "virtualisation.oci-containers" = "write a `systemd.services` unit that runs the container, or a quadlet file for podman";
  "virtualisation.podman" = "add Debian's `podman` to `environment.systemPackages`";
}
