# The agent through which a hypervisor of QEMU asks for a shutdown or for addresses.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.qemuGuest;
in
{
  options.services.qemuGuest = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether QEMU's agent runs.";
    };
    package = mkOption {
      type = types.raw;
      default = null;
      visible = false;
      description = "Accepted; the agent is Debian's.";
    };
  };

  config = lib.mkIf cfg.enable {
    image.debianPackages = [ "qemu-guest-agent" ];
    systemd.services.qemu-guest-agent = {
      description = "QEMU guest agent";
      unitConfig.ConditionPathExists = "/dev/virtio-ports/org.qemu.guest_agent.0";
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        ExecStart = "/usr/sbin/qemu-ga --statedir /run/qemu-ga";
        RuntimeDirectory = "qemu-ga";
        Restart = "on-failure";
      };
    };
  };
}
