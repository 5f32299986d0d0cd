# Hardening of the kernel and of what processes may do to one another.
{ config, lib, ... }:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.security;
in
{
  options.security = {
    protectKernelImage = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether the running kernel cannot be replaced or read: no kexec, no hibernation, and the kernel's lockdown in
        its integrity mode.
      '';
    };
    allowUserNamespaces = mkOption {
      type = types.bool;
      default = true;
      description = "Whether user namespaces can be made at all. Containers without root need them.";
    };
    unprivilegedUsernsClone = mkOption {
      type = types.bool;
      default = false;
      description = "Whether users that are not root may make user namespaces, where the kernel asks.";
    };
    allowSimultaneousMultithreading = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the threads of a processor core run at the same time.";
    };
    forcePageTableIsolation = mkOption {
      type = types.bool;
      default = false;
      description = "Whether page tables are kept apart also on processors that need it not.";
    };
    virtualisation.flushL1DataCache = mkOption {
      type = types.nullOr (
        types.enum [
          "never"
          "cond"
          "always"
        ]
      );
      default = null;
      description = "When the processor's first cache is emptied before a virtual machine runs.";
    };
    lockKernelModules = mkOption {
      type = types.bool;
      default = false;
      description = "Whether kernel modules can no longer be loaded once the machine has booted.";
    };
    rtkit.enable = mkOption {
      type = types.bool;
      default = false;
      visible = false;
      description = "Accepted without effect: no desktop.";
    };
  };

  config = lib.mkMerge [
    (mkIf cfg.protectKernelImage {
      boot.kernelParams = [
        "nohibernate"
        "lockdown=integrity"
      ];
      boot.kernel.sysctl."kernel.kexec_load_disabled" = lib.mkDefault true;
    })
    (mkIf (!cfg.allowUserNamespaces) {
      boot.kernel.sysctl."user.max_user_namespaces" = 0;
    })
    {
      # Debian's kernel lets everybody unless it is told.
      boot.kernel.sysctl."kernel.unprivileged_userns_clone" = lib.mkDefault cfg.unprivilegedUsernsClone;
    }
    (mkIf (!cfg.allowSimultaneousMultithreading) { boot.kernelParams = [ "nosmt" ]; })
    (mkIf cfg.forcePageTableIsolation { boot.kernelParams = [ "pti=on" ]; })
    (mkIf (cfg.virtualisation.flushL1DataCache != null) {
      boot.kernelParams = [ "kvm-intel.vmentry_l1d_flush=${cfg.virtualisation.flushL1DataCache}" ];
    })
    (mkIf cfg.lockKernelModules {
      # Services that load modules on demand find them refused, so the usual ones are loaded before.
      boot.kernelModules = [
        "nf_tables"
        "nft_ct"
        "nft_chain_nat"
        "nft_reject_inet"
      ];
      systemd.services.disable-kernel-module-loading = {
        description = "Refuse to load further kernel modules";
        wantedBy = [ "multi-user.target" ];
        after = [
          "systemd-udev-settle.service"
          "systemd-modules-load.service"
          "nftables.service"
          "network.target"
        ]
        ++ lib.optional config.virtualisation.containerd.enable "containerd.service";
        unitConfig.ConditionPathIsReadWrite = "/proc/sys/kernel";
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = "/usr/sbin/sysctl -w kernel.modules_disabled=1";
        };
      };
    })
  ];
}
