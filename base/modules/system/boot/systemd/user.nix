# Units of users' own managers.
{
  config,
  lib,
  utils,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.systemd.user;
  kinds = import ./unit-options.nix {
    inherit lib utils;
    scriptPath = name: text.scriptPath "user-${name}";
  };
  text = import ./unit-text.nix { inherit lib utils; };

  unitsOf =
    description: modules:
    mkOption {
      type = types.attrsOf (types.submodule ([ kinds.unit ] ++ modules));
      default = { };
      inherit description;
    };

  rendered =
    suffix: render: units:
    lib.mapAttrs' (
      name: unit:
      lib.nameValuePair "${name}.${suffix}" {
        inherit (unit)
          enable
          overrideStrategy
          wantedBy
          requiredBy
          upheldBy
          aliases
          ;
        text = render name unit;
      }
    ) units;

  units =
    rendered "service" (_: text.serviceText) cfg.services
    // rendered "socket" (_: text.socketText) cfg.sockets
    // rendered "timer" (_: text.timerText) cfg.timers
    // rendered "target" (_: text.targetText) cfg.targets
    // rendered "path" (_: text.pathText) cfg.paths
    // rendered "slice" (_: text.sliceText) cfg.slices;

  scripts = lib.concatMapAttrs (
    name: service:
    lib.mapAttrs' (
      step: content:
      lib.nameValuePair (text.scriptPath "user-${name}" step) {
        text = text.scriptText content;
        mode = "0555";
      }
    ) (text.scripts service)
  ) cfg.services;
in
{
  options.systemd.user = {
    services = unitsOf "Services of users." [ kinds.service ];
    sockets = unitsOf "Sockets of users." [ kinds.socket ];
    timers = unitsOf "Timers of users." [ kinds.timer ];
    targets = unitsOf "Targets of users." [ ];
    paths = unitsOf "Units of users that watch paths." [ kinds.pathUnit ];
    slices = unitsOf "Slices of users." [ kinds.slice ];
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of the section [Manager] in user.conf.";
    };
    tmpfiles.rules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Lines of tmpfiles.d(5) for every user.";
    };
  };

  config = {
    environment.etc = {
      "systemd/user.conf" = lib.mkIf (cfg.extraConfig != "") { text = "[Manager]\n${cfg.extraConfig}"; };
      "xdg/user-tmpfiles.d/00-nixos.conf" = lib.mkIf (cfg.tmpfiles.rules != [ ]) {
        text = lib.concatMapStrings (rule: "${rule}\n") cfg.tmpfiles.rules;
      };
    };
    image.root.files =
      import ./unit-files.nix {
        inherit lib;
        directory = "/etc/systemd/user";
        known = { };
      } units
      // scripts;
  };
}
