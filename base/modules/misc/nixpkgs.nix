# Which package set the configuration uses: Debian's packages under nixpkgs' names.
{
  config,
  options,
  lib,
  hardpanBase,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.nixpkgs;
  inherit (config.hardpan) archives;

  platform = mkOption {
    type = types.coercedTo types.str (system: { inherit system; }) (types.attrsOf types.raw);
    apply = value: if value ? isLinux then value else lib.systems.elaborate value.system;
  };

  # Later definitions of one attribute win; nested sets are joined, as people write `config.allowUnfree` in several files.
  configType = types.mkOptionType {
    name = "nixpkgs-config";
    description = "nixpkgs configuration";
    check = value: builtins.isAttrs value || builtins.isFunction value;
    merge =
      _: definitions:
      lib.foldl' (
        joined: definition:
        lib.recursiveUpdate joined (
          if builtins.isFunction definition.value then definition.value { inherit lib; } else definition.value
        )
      ) { } definitions;
  };

  input = types.addCheck types.raw (value: builtins.isAttrs value && value ? outPath);

  archiveType = types.submodule {
    options = {
      archive = mkOption {
        type = input;
        example = lib.literalExpression "inputs.grafana";
        description = "A `debian:` input.";
      };
      packages = mkOption {
        type = types.nullOr (types.listOf types.str);
        default = null;
        example = [ "grafana" ];
        description = "The only packages that are taken of it; all that no archive before has where this is null.";
      };
      replace = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "postgresql-17" ];
        description = "Packages that come from it although an archive before has them, whichever version is higher.";
      };
    };
  };
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "nixpkgs" "crossSystem" ] [ "nixpkgs" "hostPlatform" ])
  ];

  options.hardpan.archives = mkOption {
    type = types.listOf (types.coercedTo input (archive: { inherit archive; }) archiveType);
    default = [ ];
    example = lib.literalExpression ''
      [
        inputs.grafana
        {
          archive = inputs.pgdg;
          replace = [ "postgresql-17" "postgresql-client-17" "libpq5" ];
        }
      ]
    '';
    description = ''
      Further `debian:` inputs, with the signed archives of other publishers. Their packages stand beside Debian's: of
      an archive those are taken whose names no archive before has, and what they provide does not stand for packages
      of an archive before. `packages` names the only ones that are taken, `replace` those that come from here although
      an archive before has them.
    '';
  };

  options.nixpkgs = {
    pkgs = mkOption {
      type = types.pkgs or types.raw;
      description = "The package set itself, when it is not made from the options beside this one.";
    };
    config = mkOption {
      type = configType;
      default = { };
      example = {
        allowUnfree = true;
      };
      description = "Settings of the package set.";
    };
    overlays = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      description = "Functions that change the package set, in order.";
    };
    hostPlatform = platform // {
      default = cfg.system;
      example = "aarch64-linux";
      description = "The machine that the image is for.";
    };
    buildPlatform = platform // {
      default = cfg.hostPlatform;
      description = "Accepted; nothing that is built here depends on the building machine.";
    };
    localSystem = platform // {
      default = cfg.system;
      description = "Older name of the platform.";
    };
    system = mkOption {
      type = types.str;
      default = "x86_64-linux";
      description = "The platform as one word; `nixpkgs.hostPlatform` is the newer way to say it.";
    };
    flake.source = mkOption {
      type = types.nullOr types.raw;
      default = null;
      description = "Where the package set comes from.";
    };
    flake.setNixPath = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted; there is no Nix on the machine.";
    };
    flake.setFlakeRegistry = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted; there is no Nix on the machine.";
    };
  };

  config._module.args.pkgs =
    if options.nixpkgs.pkgs.isDefined then
      if cfg.overlays == [ ] then cfg.pkgs else cfg.pkgs.appendOverlays cfg.overlays
    else if
      cfg.overlays == [ ] && cfg.config == { } && archives == [ ] && hardpanBase.packages ? ${cfg.hostPlatform.system}
    then
      hardpanBase.packages.${cfg.hostPlatform.system}
    else
      import (hardpanBase.path + "/pkgs") {
        inherit lib archives;
        inherit (hardpanBase) debian;
        inherit (cfg.hostPlatform) system;
        inherit (cfg) config overlays;
      };
}
