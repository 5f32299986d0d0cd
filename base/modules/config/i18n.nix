# Language and time zone.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  locales = [ config.i18n.defaultLocale ] ++ builtins.attrValues config.i18n.extraLocaleSettings;
  builtIn =
    locale:
    builtins.elem locale [
      "C"
      "POSIX"
      "C.UTF-8"
      "C.utf8"
    ];
in
{
  options = {
    i18n = {
      defaultLocale = mkOption {
        type = types.strMatching "[A-Za-z0-9_.@-]+";
        default = "C.UTF-8";
        example = "de_DE.UTF-8";
        description = "Language, sorting and number formats.";
      };
      extraLocaleSettings = mkOption {
        type = types.attrsOf (types.strMatching "[A-Za-z0-9_.@:-]*");
        default = { };
        example = {
          LC_TIME = "de_DE.UTF-8";
        };
        description = "Settings for single purposes.";
      };
      supportedLocales = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Accepted; all locales are there when one beside C.UTF-8 is used.";
      };
      extraLocales = mkOption {
        type = types.either types.str (types.listOf types.str);
        default = [ ];
        description = "Accepted; all locales are there when one beside C.UTF-8 is used.";
      };
    };
    time = {
      timeZone = mkOption {
        type = types.nullOr (types.strMatching "[^ ]+");
        default = null;
        example = "Europe/Berlin";
        description = "Time zone; UTC unless given.";
      };
      hardwareClockInLocalTime = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the hardware clock shows local time.";
      };
    };
    location = {
      latitude = mkOption {
        type = types.float;
        default = 0.0;
        visible = false;
        description = "Accepted without effect.";
      };
      longitude = mkOption {
        type = types.float;
        default = 0.0;
        visible = false;
        description = "Accepted without effect.";
      };
    };
  };

  config = {
    image.debianPackages = lib.optional (!builtins.all builtIn locales) "locales-all";
    environment.etc = {
      "locale.conf".text =
        "LANG=${config.i18n.defaultLocale}\n"
        + lib.concatStrings (
          lib.mapAttrsToList (name: value: "${name}=${value}\n") config.i18n.extraLocaleSettings
        );
      "default/locale".source = "/etc/locale.conf";
      localtime.source = "/usr/share/zoneinfo/${
        if config.time.timeZone == null then "Etc/UTC" else config.time.timeZone
      }";
      adjtime = lib.mkIf config.time.hardwareClockInLocalTime { text = "0.0 0 0.0\n0\nLOCAL\n"; };
    };
    environment.sessionVariables = {
      LANG = config.i18n.defaultLocale;
    }
    // config.i18n.extraLocaleSettings;
  };
}
