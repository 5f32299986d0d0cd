# Which units Debian's packages bring (trixie, main), by package. A definition of such a unit adds to it.
#
# The table is only needed to tell additions from whole units, so a unit that is missing here costs no more than
# `overrideStrategy = "asDropin"` in the definition.
let
  table = builtins.fromJSON (builtins.readFile ./known-units.json);
  words = text: builtins.filter builtins.isString (builtins.split " " text);
in
{
  packages = builtins.mapAttrs (_: words) table;
  # Packages that every image holds.
  base = [
    "dbus-broker"
    "dbus-system-bus-common"
    "e2fsprogs"
    "systemd"
    "systemd-networkd"
    "systemd-repart"
    "systemd-resolved"
    "systemd-timesyncd"
    "udev"
    "util-linux"
  ];
}
