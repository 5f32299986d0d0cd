# The boot loader is systemd-boot from Debian, laid out by the image builder.
{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.boot.loader.timeout = mkOption {
    type = types.nullOr types.ints.unsigned;
    default = 0;
    apply = seconds: if seconds == null then 0 else seconds;
    description = "Seconds that the loader shows its menu.";
  };
}
