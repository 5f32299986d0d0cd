# Rules for devices.
{
  config,
  lib,
  utils,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.udev;
in
{
  options = {
    services.udev = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether devices are handled by udev.";
      };
      packages = mkOption {
        type = types.listOf types.package;
        default = [ ];
        description = "Packages with rules.";
      };
      path = mkOption {
        type = types.listOf types.package;
        default = [ ];
        description = "Packages whose programs rules use.";
      };
      extraRules = mkOption {
        type = types.lines;
        default = "";
        description = "Further rules.";
      };
      extraHwdb = mkOption {
        type = types.lines;
        default = "";
        description = "Further descriptions of hardware. They are not compiled on an image.";
      };
      initrdRules = mkOption {
        type = types.lines;
        default = "";
        visible = false;
        description = "Accepted; the initrd has no udev.";
      };
    };
    hardware.firmware = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      description = "Packages with firmware.";
    };
  };

  config = lib.mkIf cfg.enable {
    image.debianPackages = utils.debianPackagesOf (cfg.packages ++ cfg.path ++ config.hardware.firmware);
    image.root.profile = builtins.filter (package: !utils.isDebian package) cfg.packages;
    environment.etc."udev/rules.d/99-local.rules" = lib.mkIf (cfg.extraRules != "") { text = cfg.extraRules; };
  };
}
