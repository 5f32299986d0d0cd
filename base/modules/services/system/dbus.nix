# The message bus.
{
  config,
  lib,
  utils,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.dbus;
in
{
  options.services.dbus = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the message bus runs.";
    };
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages with services of the bus.";
    };
    implementation = mkOption {
      type = types.enum [
        "dbus"
        "broker"
      ];
      default = "broker";
      description = "Which program is the bus. Images have dbus-broker.";
    };
    apparmor = mkOption {
      type = types.str;
      default = "disabled";
      visible = false;
      description = "Accepted without effect.";
    };
  };

  config = lib.mkIf cfg.enable {
    image.debianPackages = [ "dbus-broker" ] ++ utils.debianPackagesOf cfg.packages;
    image.root.profile = builtins.filter (package: !utils.isDebian package) cfg.packages;
    image.root.enableUnits = [ "dbus-broker.service" ];
  };
}
