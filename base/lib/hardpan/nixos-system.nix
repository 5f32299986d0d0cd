# A machine out of modules: the base's own and the user's.
{ lib }:
let
  outer = lib;
  base = ../..;
  undeclared = import ./undeclared.nix { inherit lib; };

  locate =
    modulesLocation: modules:
    if modulesLocation == null then modules else map (lib.setDefaultModuleLocation modulesLocation) modules;
in
{
  # `debian` is the locked Debian input that packages come from.
  nixosSystemWith =
    {
      debian ? null,
      modulesPath ? toString (base + "/modules"),
    }:
    let
      # The package sets as they are without overlays and settings: all machines share them.
      packages =
        outer.genAttrs
          [
            "x86_64-linux"
            "aarch64-linux"
          ]
          (
            system:
            import (base + "/pkgs") {
              lib = outer;
              inherit debian system;
            }
          );
    in
    {
      modules ? [ ],
      system ? null,
      pkgs ? null,
      specialArgs ? { },
      extraModules ? [ ],
      extraArgs ? { },
      baseModules ? import (modulesPath + "/module-list.nix"),
      modulesLocation ? null,
      prefix ? [ ],
      lib ? null,
      check ? true,
    }:
    let
      library = if lib == null then outer else lib;
      given = {
        _file = "the arguments of nixosSystem";
        config = outer.mkMerge [
          (outer.optionalAttrs (system != null) { nixpkgs.system = outer.mkDefault system; })
          (outer.optionalAttrs (pkgs != null) { nixpkgs.pkgs = pkgs; })
          {
            _module.args = extraArgs // {
              inherit baseModules extraModules modules;
            };
            _module.check = check;
          }
        ];
      };
      configuration = outer.evalModules {
        inherit prefix undeclared;
        class = "nixos";
        modules = baseModules ++ [ ./checks.nix ] ++ extraModules ++ [ given ] ++ locate modulesLocation modules;
        specialArgs = {
          inherit modulesPath;
          lib = library;
          hardpanBase = {
            path = base;
            inherit debian packages;
            epoch = debian.lastModified or 0;
          };
        }
        // specialArgs;
      };
      finish =
        configuration:
        configuration
        // {
          inherit extraArgs;
          inherit (configuration._module.args) pkgs;
          lib = library;
          extendModules = extension: finish (configuration.extendModules extension);
        };
    in
    finish configuration;
}
