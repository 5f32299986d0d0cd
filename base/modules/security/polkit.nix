# polkit: who may ask services of the system for what.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.security.polkit;
in
{
  options.security.polkit = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether polkit is there.";
    };
    debug = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted without effect.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Rules in JavaScript.";
    };
    adminIdentities = mkOption {
      type = types.listOf types.str;
      default = [ "unix-group:wheel" ];
      description = "Who counts as an administrator.";
    };
  };

  config = lib.mkIf cfg.enable {
    image.debianPackages = [ "polkitd" ];
    security.pam.services.polkit-1 = { };
    environment.etc."polkit-1/rules.d/10-nixos.rules".text = ''
      polkit.addAdminRule(function(action, subject) {
        return [${lib.concatMapStringsSep ", " (identity: builtins.toJSON identity) cfg.adminIdentities}];
      });
      ${cfg.extraConfig}
    '';
  };
}
