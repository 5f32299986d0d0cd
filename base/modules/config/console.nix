# Consoles: the screen and the serial line.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.console;
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "i18n" "consoleFont" ] [ "console" "font" ])
    (lib.mkRenamedOptionModule [ "i18n" "consoleKeyMap" ] [ "console" "keyMap" ])
  ];

  options.console = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether there are logins on consoles.";
    };
    keyMap = mkOption {
      type = types.either types.str types.path;
      default = "us";
      description = "Keyboard layout of the screen's console.";
    };
    font = mkOption {
      type = types.nullOr (types.either types.str types.path);
      default = null;
      description = "Font of the screen's console.";
    };
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages with fonts and layouts.";
    };
    earlySetup = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted without effect.";
    };
    useXkbConfig = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted without effect.";
    };
    colors = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Accepted without effect.";
    };
  };

  config = {
    # A layout of its own needs programs that no server has otherwise.
    image.debianPackages = lib.optionals (cfg.keyMap != "us" || cfg.font != null) [
      "kbd"
      "console-data"
    ];
    environment.etc."vconsole.conf".text =
      "KEYMAP=${toString cfg.keyMap}\n" + lib.optionalString (cfg.font != null) "FONT=${toString cfg.font}\n";
  };
}
