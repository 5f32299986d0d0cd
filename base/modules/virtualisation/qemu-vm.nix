# The machine that `hardpan vm` starts.
{
  config,
  extendModules,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.virtualisation;

  # The machine as it is, or with what only counts in a virtual one.
  variant =
    if cfg.isVmVariant || cfg.vmVariant == null then
      config
    else
      (extendModules {
        modules = [
          cfg.vmVariant
          { virtualisation.isVmVariant = true; }
        ];
      }).config;

  accountOf = user: {
    inherit (user) isNormalUser;
    keys = user.openssh.authorizedKeys.keys ++ map builtins.readFile user.openssh.authorizedKeys.keyFiles;
  };

  vmOf = config: {
    inherit (config.virtualisation)
      memorySize
      cores
      emptyDiskImages
      forwardPorts
      ;
    name = config.system.name;
    system = config.nixpkgs.hostPlatform.system;
    options = config.virtualisation.qemu.options;
    diskSize = if config.virtualisation.diskSize == "auto" then 4096 else config.virtualisation.diskSize;
    # Grown when it starts: an image of that size would have its zeros counted again with each change.
    image =
      if builtins.isInt config.virtualisation.diskSize then
        config.image.disk.make {
          format = "raw";
          fileName = "${config.image.baseName}.raw";
          diskSize = "auto";
        }
      else
        config.system.build.rawImage;
    # Who can log in: asked before the machine is booted.
    logins = {
      server = config.services.openssh.enable;
      keysElsewhere =
        config.services.openssh.authorizedKeysCommand != "none"
        || config.services.openssh.settings ? TrustedUserCAKeys;
      accounts = lib.mapAttrs (_: accountOf) config.users.users;
    };
  };
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
      type = types.nullOr (types.either (types.enum [ "auto" ]) types.ints.positive);
      default = "auto";
      example = 20480;
      description = ''
        Size of the disk in MiB, in the image (whole GiB for Google Compute Engine) and in `hardpan vm`. The state
        partition takes what the image leaves. `"auto"` makes the image's disk as small as it can be with
        `image.state.minimumSize` for the state partition, and that of `hardpan vm` 4096 MiB large at least;
        `null` leaves that one as the image has it.
      '';
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
    emptyDiskImages = mkOption {
      type = types.listOf (
        types.coercedTo types.ints.positive (size: { inherit size; }) (
          types.submodule {
            options.size = mkOption {
              type = types.ints.positive;
              description = "Size in MiB.";
            };
            options.driveConfig.name = mkOption {
              type = types.nullOr (types.strMatching "[A-Za-z0-9_.-]{1,20}");
              default = null;
              description = "Name of the disk below `/dev/disk/by-id`, after `virtio-`.";
            };
          }
        )
      );
      default = [ ];
      example = [
        512
        { size = 1024; driveConfig.name = "data"; }
      ];
      description = "Further disks, empty at first: `/dev/vdb` and so on.";
    };
    vmVariant = mkOption {
      type = types.nullOr types.deferredModule;
      default = null;
      description = "What only counts in the machine that `hardpan vm` starts.";
    };
    isVmVariant = mkOption {
      type = types.bool;
      default = false;
      internal = true;
      description = "Whether this is the configuration with {option}`virtualisation.vmVariant` in it.";
    };
  };

  config.system.build.vm = vmOf variant // {
    qemu = pkgs.hardpan.sysroot [
      "qemu-system-x86"
      "ovmf"
    ];
    ssh = pkgs.hardpan.sysroot [ "openssh-client" ];
  };
}
