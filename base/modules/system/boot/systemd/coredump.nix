# Core dumps hold secrets of the processes they are of, so they are not kept unless wanted.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.systemd.coredump;
in
{
  options.systemd.coredump = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether core dumps are collected by systemd-coredump.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "Storage=journal";
      description = "Further lines of coredump.conf(5).";
    };
  };

  config = lib.mkMerge [
    {
      environment.etc."systemd/coredump.conf".text = ''
        [Coredump]
        ${lib.optionalString (!cfg.enable) "Storage=none\nProcessSizeMax=0\n"}${cfg.extraConfig}
      '';
    }
    (lib.mkIf cfg.enable { image.debianPackages = [ "systemd-coredump" ]; })
    (lib.mkIf (!cfg.enable) { boot.kernel.sysctl."kernel.core_pattern" = lib.mkDefault "|/bin/false"; })
  ];
}
