# From options to derivations: the root, the initrd, and what else `system.build` promises of them.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.image.root;
  inherit (config.image) effects;
  system = config.nixpkgs.hostPlatform.system;

  derive = attributes: derivation ({ system = "builtin"; } // attributes);

  kindOf =
    file:
    if file ? kind then
      file.kind
    else if file ? target then
      "symlink"
    else
      "file";

  fileOf =
    path: file:
    file
    // {
      inherit path;
      kind = kindOf file;
    }
    // lib.optionalAttrs (file ? source) { source = "${file.source}"; };

  spec = {
    version = 1;
    name = config.system.image.id;
    epoch = pkgs.hardpan.epoch;
    packages = config.image.closure.packageSpecs;
    computed = lib.optionals config.image.pythonByteCode (
      pkgs.hardpan.byteCode config.image.closure.packages
    );
    files = lib.mapAttrsToList fileOf (effects.files // cfg.files);
    alternatives = lib.mapAttrsToList (path: target: { inherit path target; }) (
      effects.alternatives // cfg.alternatives
    );
    prefer = lib.mapAttrsToList (path: package: { inherit path package; }) (
      effects.prefer // cfg.prefer
    );
    inherit (effects) accounts;
    units = {
      enable = lib.unique cfg.enableUnits;
      mask = lib.unique cfg.maskUnits;
      defaultTarget = config.systemd.defaultUnit;
    };
    tmpfiles.mask = lib.unique cfg.maskTmpfiles;
    derive = {
      kernelModules = config.boot.kernel.enable;
      caBundle = true;
      inherit (cfg) dpkgStatus;
      ldSoCache = false;
    };
    scripts = config.image.scripts;
    storePaths = map (path: "${path}") (cfg.storePaths ++ cfg.profile);
    profile = map (package: {
      path = "${package}";
      priority = package.meta.priority or 5;
    }) cfg.profile;
    inherit (cfg) visiblePackages;
    exclude = cfg.exclude ++ effects.exclude;
    mayMiss = effects.mayMiss ++ cfg.mayMiss;
    # What the configuration says comes last and wins.
    keepEtc = effects.keepEtc ++ cfg.keepEtc;
    permissions = config.image.withoutPrivileges ++ effects.permissions ++ cfg.permissions;
    stateOwners = effects.stateOwners ++ cfg.stateOwners;
    diversions = effects.diversions ++ cfg.diversions;
  }
  // lib.optionalAttrs (config.image.checked.off != [ ]) { checksOff = config.image.checked.off; };

  kernel =
    let
      isKernel = package: builtins.match "linux-image-[0-9].*" package.name != null;
    in
    lib.findFirst isKernel (throw "the image has no kernel: no package linux-image-<version> follows from boot.kernelPackages (${config.boot.kernel.debianPackage})") config.image.closure.packages;
in
{
  options.system = {
    build = mkOption {
      type = types.submodule { freeformType = types.lazyAttrsOf (types.uniq types.unspecified); };
      default = { };
      description = "What can be built of this configuration.";
    };
    name = mkOption {
      type = types.str;
      default = if config.networking.hostName == "" then "hardpan" else config.networking.hostName;
      defaultText = lib.literalExpression "config.networking.hostName";
      description = "Name of the system, part of the names of what is built; `hardpan` where the machine has its name from the network.";
    };
    extraDependencies = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      description = "Store paths that come into the image though nothing mentions them.";
    };
  };

  config = {
    image.root.storePaths = map (path: "${path}") config.system.extraDependencies;
    system.build = {
      root = derive {
        name = "${config.system.image.id}-root";
        builder = "builtin:hardpan-root-v2";
        spec = builtins.toJSON spec;
      };
      kernel = pkgs.hardpan.object kernel;
      kernelPackage = kernel;
      initrd = derive {
        name = "${config.system.image.id}-initrd";
        builder = "builtin:hardpan-initrd-v3";
        # The program is a part of the builder; another compiler may make another one of it.
        program = pkgs.hardpan.initDigest;
        kernel = config.system.build.kernel;
        modules = lib.concatStringsSep " " config.boot.initrd.image.modules;
        epoch = toString pkgs.hardpan.epoch;
      };
      toplevel = lib.hardpan.checked config (derive {
        name = "hardpan-system-${config.system.name}-${config.system.image.version}";
        builder = "builtin:hardpan-links-v1";
        paths = builtins.toJSON [ ];
        links = builtins.toJSON {
          root = "${config.system.build.root}";
          initrd = "${config.system.build.initrd}/initrd";
          kernel = "${config.system.build.kernel}";
        };
        inherit (config.system.build) initrd kernel;
        checks = config.image.checked.inputs;
        hostSystem = system;
      });
    };
  };
}
