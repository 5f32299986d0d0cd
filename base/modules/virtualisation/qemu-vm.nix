# The machine that `hardpan vm` starts.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.virtualisation;
in
{
  options.virtualisation = {
    memorySize = mkOption {
      type = types.ints.positive;
      default = 1024;
      description = "Memory in MiB.";
    };
    cores = mkOption {
      type = types.ints.positive;
      default = 2;
      description = "Processors.";
    };
    diskSize = mkOption {
      type = types.nullOr types.ints.positive;
      default = 4096;
      description = "Size of the disk in MiB.";
    };
    graphics = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted; the console is in the terminal.";
    };
    forwardPorts = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            from = mkOption {
              type = types.enum [
                "host"
                "guest"
              ];
              default = "host";
              description = "Where connections begin.";
            };
            proto = mkOption {
              type = types.enum [
                "tcp"
                "udp"
              ];
              default = "tcp";
              description = "Protocol.";
            };
            host.address = mkOption {
              type = types.str;
              default = "127.0.0.1";
              description = "Address on this machine.";
            };
            host.port = mkOption {
              type = types.port;
              description = "Port on this machine.";
            };
            guest.address = mkOption {
              type = types.str;
              default = "";
              description = "Address in the machine.";
            };
            guest.port = mkOption {
              type = types.port;
              description = "Port in the machine.";
            };
          };
        }
      );
      default = [ ];
      example = [
        {
          host.port = 2222;
          guest.port = 22;
        }
      ];
      description = "Ports of this machine that lead into the virtual one.";
    };
    qemu.options = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further arguments of QEMU.";
    };
    vmVariant = mkOption {
      type = types.raw;
      default = { };
      visible = false;
      description = "Accepted without effect.";
    };
  };

  config.system.build.vm = {
    inherit (cfg)
      memorySize
      cores
      diskSize
      forwardPorts
      ;
    name = config.system.name;
    system = config.nixpkgs.hostPlatform.system;
    options = cfg.qemu.options;
    image = config.system.build.rawImage;
    qemu = pkgs.hardpan.sysroot [
      "qemu-system-x86"
      "ovmf"
    ];
    ssh = pkgs.hardpan.sysroot [ "openssh-client" ];
  };
}
