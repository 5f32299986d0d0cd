# The kernel: which package, its parameters, its modules.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.boot;

  # Lines of modules-load.d and modprobe.d hold one name each.
  word = types.strMatching "[^[:space:]#]+";

  names =
    description:
    mkOption {
      # NixOS accepts an attribute set of switches as well as a list.
      type = types.coercedTo (types.attrsOf types.bool) (
        set: builtins.attrNames (lib.filterAttrs (_: wanted: wanted) set)
      ) (types.listOf word);
      default = [ ];
      inherit description;
    };
in
{
  options.boot = {
    kernel = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the image has a kernel.";
      };
      debianPackage = mkOption {
        type = types.str;
        default = cfg.kernelPackages.kernel.debianName or "linux-image-amd64";
        defaultText = lib.literalExpression "config.boot.kernelPackages.kernel.debianName";
        example = "linux-image-cloud-amd64";
        description = "Debian's package of the kernel.";
      };
      randstructSeed = mkOption {
        type = types.str;
        default = "";
        visible = false;
        description = "Accepted without effect: the kernel is Debian's.";
      };
      features = mkOption {
        type = types.attrsOf types.raw;
        default = { };
        visible = false;
        description = "Accepted without effect: the kernel is Debian's.";
      };
    };
    credentials.import = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether systemd takes the credentials that the hypervisor (SMBIOS strings of type 11, QEMU's fw_cfg) or
        `systemd.set_credential=` in `boot.kernelParams` hand over. They can do what root can: bring units, log in,
        set kernel settings. Without it only files that a unit names reach it (`LoadCredential=NAME:PATH`).
      '';
    };
    kernelPackages = mkOption {
      type = types.raw;
      default = pkgs.linuxPackages;
      defaultText = lib.literalExpression "pkgs.linuxPackages";
      description = "The kernel and what goes with it.";
    };
    kernelParams = mkOption {
      # A blank would make two parameters of one.
      type = types.listOf (
        types.mkOptionType {
          name = "kernelParam";
          description = "kernel parameter, with blanks only inside double quotes";
          check = value: builtins.isString value && builtins.match ''([^"[:space:]]|"[^"]*")+'' value != null;
          merge = lib.mergeEqualOption;
        }
      );
      default = [ ];
      example = [ "quiet" ];
      description = "Kernel parameters. The root hash is added to them.";
    };
    consoleLogLevel = mkOption {
      type = types.int;
      default = 4;
      description = "Messages of the kernel that are more important than this appear on the console.";
    };
    kernelModules = names "Kernel modules loaded at boot.";
    blacklistedKernelModules = mkOption {
      type = types.listOf word;
      default = [ ];
      description = "Kernel modules that are not loaded for hardware that asks for them.";
    };
    extraModprobeConfig = mkOption {
      type = types.lines;
      default = "";
      example = "options kvm_intel nested=1";
      description = "Lines of modprobe.d.";
    };
    initrd = {
      availableKernelModules = names "Kernel modules that are there when the root is looked for. The initrd of an image holds those that virtual machines and clouds need already; further ones are loaded when Debian's kernel has them.";
      kernelModules = names "Kernel modules loaded in the initrd.";
      image.modules = mkOption {
        type = types.listOf types.str;
        internal = true;
        default = [ ];
        description = "What is loaded in the initrd beside the usual, in order; a question mark says that the kernel may lack it.";
      };
    };
  };

  config = {
    image.debianPackages = lib.optionals cfg.kernel.enable [
      cfg.kernel.debianPackage
      "kmod"
    ];

    boot = {
      kernelParams = [
        "ro"
        "loglevel=${toString cfg.consoleLogLevel}"
        # A machine that stops should come back, if need be with the generation before.
        "panic=10"
      ]
      ++ lib.optional (!cfg.credentials.import) "systemd.import_credentials=no";
      # repart makes the state partition through it; loading it here takes a tenth of what it takes later.
      initrd.image.modules = [
        "loop"
      ]
      ++ map (name: "${name}?") (cfg.initrd.availableKernelModules ++ cfg.initrd.kernelModules);
    };

    environment.etc = {
      "modules-load.d/nixos.conf" = lib.mkIf (cfg.kernelModules != [ ]) {
        text = lib.concatMapStrings (module: "${module}\n") (lib.unique cfg.kernelModules);
      };
      "modprobe.d/nixos.conf" = lib.mkIf (cfg.extraModprobeConfig != "") { text = cfg.extraModprobeConfig; };
      "modprobe.d/blacklist.conf" = lib.mkIf (cfg.blacklistedKernelModules != [ ]) {
        text = lib.concatMapStrings (module: "blacklist ${module}\n") (lib.unique cfg.blacklistedKernelModules);
      };
    };
  };
}
