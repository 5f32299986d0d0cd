# Tells disks which blocks are no longer used.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.fstrim;
in
{
  options.services.fstrim = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether unused blocks are given back.";
    };
    interval = mkOption {
      type = types.str;
      default = "weekly";
      description = "How often, as in systemd.time(7).";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.timers.fstrim = {
      overrideStrategy = "asDropin";
      wantedBy = [ "timers.target" ];
      timerConfig.OnCalendar = [
        ""
        cfg.interval
      ];
    };
  };
}
