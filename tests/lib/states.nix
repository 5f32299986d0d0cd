# The four states of an option, and the gate before a build.
{ lib }:
let
  inherit (lib) mkOption types;
  base = [
    {
      options.services.openssh.enable = lib.mkEnableOption "ssh";
      options.nixpkgs.system = mkOption { type = types.str; };
      options.users.users = mkOption {
        default = { };
        type = types.attrsOf (types.submodule { options.isNormalUser = lib.mkEnableOption "a person"; });
      };
    }
    (lib.hardpan.mkNoMeaning "the loader is always systemd-boot" [
      "boot.loader.grub"
      [ "nix" "gc" "automatic" ]
      {
        path = "boot.loader.timeout";
        type = types.int;
        default = 5;
      }
    ])
    (lib.hardpan.mkUnsupported [ "services.frobnicator" ] "use a screwdriver")
  ];
  machine =
    modules:
    lib.hardpan.nixosSystemWith { } {
      inherit modules;
      baseModules = base;
      system = "x86_64-linux";
    };
  report = modules: (machine modules).config.hardpan.report;
  names = map (entry: entry.option);
in
[
  {
    name = "supported options are in no list";
    expr = report [ { services.openssh.enable = true; } ];
    expected = {
      unsupported = [ ];
      noMeaning = [ ];
      warnings = [ ];
    };
  }
  {
    name = "what has no meaning is accepted and told, leaf by leaf";
    expr =
      let
        result = report [
          {
            boot.loader.grub.enable = true;
            boot.loader.grub.device = lib.mkIf true "/dev/sda";
            boot.loader.timeout = lib.mkForce 1;
            nix.gc.automatic = true;
          }
        ];
      in
      [
        (names result.noMeaning)
        (lib.unique (map (entry: entry.reason) result.noMeaning))
        (lib.all (entry: lib.hasInfix "states.nix:" (builtins.head entry.at)) result.noMeaning)
        result.unsupported
      ];
    expected = [
      [
        "boot.loader.grub.device"
        "boot.loader.grub.enable"
        "boot.loader.timeout"
        "nix.gc.automatic"
      ]
      [ "the loader is always systemd-boot" ]
      true
      [ ]
    ];
  }
  {
    name = "a default of such an option can be read";
    expr = (machine [ ]).config.boot.loader.timeout;
    expected = 5;
  }
  {
    name = "NixOS's unsupported options are kept aside and can be read";
    expr =
      let
        result = machine [
          { services.jellyfin = { enable = true; openFirewall = lib.mkIf false true; }; }
          ({ config, ... }: { services.openssh.enable = config.services.jellyfin.enable; })
        ];
      in
      [
        (names result.config.hardpan.report.unsupported)
        result.config.services.openssh.enable
      ];
    expected = [
      [ "services.jellyfin.enable" ]
      true
    ];
  }
  {
    name = "what is not switched on has no meaning";
    expr =
      let
        result = report [
          { services.udisks2.enable = false; }
          { services.jellyfin.openFirewall = true; }
        ];
      in
      [
        (names result.unsupported)
        (lib.naturalSort (names result.noMeaning))
      ];
    expected = [
      [ ]
      [ "services.jellyfin.openFirewall" "services.udisks2.enable" ]
    ];
  }
  {
    name = "unsupported options inside of submodules";
    expr = names (report [ { users.users.alice = { isNormalUser = true; shell = "/bin/zsh"; }; } ]).unsupported;
    expected = [ "users.users.alice.shell" ];
  }
  {
    name = "options that a module declares as unsupported";
    expr = map (entry: [ entry.option entry.instead ]) (report [ { services.frobnicator.speed = 3; } ]).unsupported;
    expected = [ [ "services.frobnicator" "use a screwdriver" ] ];
  }
  {
    name = "the gate lets a good configuration through";
    expr = lib.hardpan.checked (machine [ ]).config 5;
    expected = 5;
  }
  {
    name = "a person may go on without what is not supported";
    expr = lib.hardpan.checked (machine [
      {
        hardpan.unsupported = "warn";
        services.jellyfin.enable = true;
      }
    ]).config 5;
    expected = 5;
  }
  {
    name = "others may declare options below one without meaning";
    expr = (machine [
      { options.boot.loader.grub.extra = mkOption { type = types.int; default = 3; }; }
      { boot.loader.grub.device = "x"; }
    ]).config.boot.loader.grub.extra;
    expected = 3;
  }
  {
    name = "the images of a machine";
    expr =
      let
        images = lib.hardpan.imagesOf {
          config.networking.hostName = "box";
          config.system.build = {
            amazonImage = 1;
            googleComputeImage = 2;
            rawImage = 3;
            qcow2Image = 4;
            toplevel.name = "t";
            vm.cores = 2;
          };
        };
      in
      [
        images.default
        images.amazonImage
        images.box
      ];
    expected = [
      3
      1
      {
        name = "t";
        vm.cores = 2;
      }
    ];
  }
  {
    name = "places of definitions";
    expr = map (lib.hasInfix "states.nix:") (
      lib.hardpan.definitionPlaces (machine [ { services.openssh.enable = true; } ]).options.services.openssh.enable
    );
    expected = [ true ];
  }
  {
    name = "one error lists all that stands in the way";
    expr = lib.hardpan.checked (machine [
      {
        assertions = [
          { assertion = false; message = "first reason"; }
          { assertion = true; message = "not this"; }
          { assertion = false; message = "second reason"; }
        ];
        services.jellyfin.enable = true;
        services.gitea.enable = true;
      }
    ]).config 5;
    error = [
      "The configuration cannot be built."
      "Failed assertions:"
      "- first reason"
      "- second reason"
      "Options of NixOS that are not supported here:"
      "- `services.gitea.enable' ("
      "- `services.jellyfin.enable' ("
      "states.nix:"
      "hardpan.unsupported = \"warn\";"
    ];
  }
  {
    name = "unknown names are still errors";
    expr = (machine [ { services.openssh.enabel = true; } ]).config.services.openssh.enable;
    error = [
      "The option `services.openssh.enabel' does not exist. Definition values:"
      "states.nix:"
    ];
  }
]
