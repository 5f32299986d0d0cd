# Debian packages outside the component `main`, and the component that has them.
{
  bluez-firmware = "non-free-firmware";
  firmware-linux-nonfree = "non-free-firmware";
  firmware-misc-nonfree = "non-free-firmware";
  firmware-realtek = "non-free-firmware";
  firmware-iwlwifi = "non-free-firmware";
  amd64-microcode = "non-free-firmware";
  intel-microcode = "non-free-firmware";
  nvidia-driver = "non-free";
  rar = "non-free";
  unrar = "non-free";
  snmp-mibs-downloader = "non-free";
  manpages-posix = "non-free";
  ttf-mscorefonts-installer = "contrib";
  zfs-dkms = "contrib";
  zfsutils-linux = "contrib";
}
