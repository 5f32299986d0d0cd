# Time from the network, by systemd-timesyncd unless another service keeps it.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.timesyncd;
in
{
  options.services.timesyncd = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether systemd-timesyncd keeps the time.";
    };
    servers = mkOption {
      type = types.nullOr (types.listOf types.singleLineStr);
      default = config.networking.timeServers;
      defaultText = lib.literalExpression "config.networking.timeServers";
      description = "Servers that are asked.";
    };
    fallbackServers = mkOption {
      type = types.nullOr (types.listOf types.singleLineStr);
      default = null;
      description = "Servers that are asked when no others are known.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of the section [Time].";
    };
  };

  config = lib.mkIf cfg.enable {
    image.debianPackages = [ "systemd-timesyncd" ];
    image.root.enableUnits = [ "systemd-timesyncd.service" ];
    environment.etc."systemd/timesyncd.conf".text =
      "[Time]\n"
      + lib.optionalString (cfg.servers != null) "NTP=${lib.concatStringsSep " " cfg.servers}\n"
      + lib.optionalString (cfg.fallbackServers != null) "FallbackNTP=${lib.concatStringsSep " " cfg.fallbackServers}\n"
      + cfg.extraConfig;
  };
}
