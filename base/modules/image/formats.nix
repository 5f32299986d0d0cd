# Formats of one image: each variant adds the modules that its platform wants.
{
  config,
  lib,
  extendModules,
  modulesPath,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.image;

  variant =
    name: module:
    let
      extended = extendModules { modules = [ module ]; };
    in
    extended.config.system.build.image
      or (throw "image.modules.${name} must set system.build.image");

  plain =
    format: extension:
    cfg.disk.make {
      inherit format;
      fileName = "${cfg.baseName}.${extension}";
      imageInfo = {
        system = config.nixpkgs.hostPlatform.system;
        boot_mode = "uefi";
      };
    };

  info =
    module:
    { config, ... }:
    {
      imports = [ module ];
      system.build.image = lib.mkOverride 900 config.system.build.rawImage;
    };
in
{
  options.image = {
    baseName = mkOption {
      type = types.str;
      default = config.system.image.id;
      description = "File name of an image without its extension.";
    };
    fileName = mkOption {
      type = types.str;
      default = "${cfg.baseName}.${cfg.extension}";
      description = "File name of `system.build.image`.";
    };
    filePath = mkOption {
      type = types.str;
      default = cfg.fileName;
      description = "Path of `system.build.image` below its output.";
    };
    extension = mkOption {
      type = types.str;
      default = "raw";
      description = "Extension of the file name.";
    };
    modules = mkOption {
      type = types.attrsOf types.deferredModule;
      default = { };
      description = "Variants of the image by name; each is a module added to the configuration.";
    };
  };

  config = {
    image.modules = {
      raw = info { };
      qcow2 =
        { config, ... }:
        {
          system.build.image = lib.mkOverride 900 config.system.build.qcow2Image;
          image.extension = lib.mkOverride 900 "qcow2";
        };
      amazon =
        { config, ... }:
        {
          imports = [ (modulesPath + "/virtualisation/amazon-image.nix") ];
          system.build.image = lib.mkOverride 900 config.system.build.amazonImage;
          image.extension = lib.mkOverride 900 "vpc";
        };
      google-compute =
        { config, ... }:
        {
          imports = [ (modulesPath + "/virtualisation/google-compute-image.nix") ];
          system.build.image = lib.mkOverride 900 config.system.build.googleComputeImage;
          image.extension = lib.mkOverride 900 "raw.tar.gz";
        };
    };

    system.build = {
      rawImage = plain "raw" "raw";
      qcow2Image = plain "qcow2" "qcow2";
      amazonImage = lib.mkOverride 900 (plain "vpc" "vhd");
      googleComputeImage = lib.mkOverride 900 (plain "gce" "raw.tar.gz");
      images = lib.mapAttrs variant cfg.modules;
    };
  };
}
