# What the image says of itself: /usr/lib/os-release, `system.image.*`, `system.nixos.*`, `system.stateVersion`.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.system;
  # The release of Debian is what its package base-files counts by.
  release = builtins.head (builtins.match "([0-9]+).*" (pkgs.hardpan.record "base-files").version);
  codename =
    {
      "12" = "bookworm";
      "13" = "trixie";
      "14" = "forky";
      "15" = "duke";
    }
    .${release} or "sid";

  # Year, month and day of a time, in the Gregorian calendar; years begin in March here, so that leap days come last.
  dateOf =
    seconds:
    let
      days = seconds / 86400 + 719468;
      era = days / 146097;
      dayOfEra = days - era * 146097;
      yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
      dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
      marchMonth = (5 * dayOfYear + 2) / 153;
      month = if marchMonth < 10 then marchMonth + 3 else marchMonth - 9;
      twoDigits = number: if number < 10 then "0${toString number}" else toString number;
    in
    {
      year = toString (yearOfEra + era * 400 + (if month <= 2 then 1 else 0));
      month = twoDigits month;
      day = twoDigits (dayOfYear - (153 * marchMonth + 2) / 5 + 1);
    };
  date = dateOf pkgs.hardpan.epoch;

  quote =
    value:
    if builtins.match "[a-zA-Z0-9._-]*" value != null then
      value
    else
      "\"${lib.escape [ "\"" "\\" "$" "`" ] value}\"";
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "system" "nixosLabel" ] [ "system" "nixos" "label" ])
    (lib.mkRenamedOptionModule [ "system" "nixosVersion" ] [ "system" "nixos" "version" ])
  ];

  options.system = {
    stateVersion = mkOption {
      type = types.str;
      default = "25.11";
      description = "The release whose defaults the machine's state was made with. It changes nothing yet.";
    };
    image = {
      id = mkOption {
        type = types.nullOr (types.strMatching "[a-z0-9._-]+");
        default = null;
        apply = id: if id == null then lib.toLower (lib.strings.sanitizeDerivationName cfg.name) else id;
        description = "Name of the image, IMAGE_ID in os-release; the system's name unless given.";
      };
      version = mkOption {
        type = types.nullOr (types.strMatching "[a-zA-Z0-9._~^-]+");
        default = null;
        apply = version: if version == null then "${date.year}.${date.month}.${date.day}" else version;
        description = "Version of the image, IMAGE_VERSION in os-release; the date of the locked Debian archive unless given.";
      };
    };
    nixos = {
      version = mkOption {
        type = types.str;
        default = "25.11.${date.year}${date.month}${date.day}";
        internal = true;
        description = "Version that configurations read; the options follow those of this NixOS release.";
      };
      release = mkOption {
        type = types.str;
        default = "25.11";
        readOnly = true;
        description = "The NixOS release whose option names are followed.";
      };
      codeName = mkOption {
        type = types.str;
        default = codename;
        readOnly = true;
        description = "Code name of the Debian release.";
      };
      label = mkOption {
        type = types.str;
        default = cfg.image.version;
        description = "Label of the generation in menus.";
      };
      tags = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Words that go into the label.";
      };
      revision = mkOption {
        type = types.nullOr types.str;
        default = null;
        internal = true;
        description = "Revision of the package set.";
      };
      versionSuffix = mkOption {
        type = types.str;
        default = ".${date.year}${date.month}${date.day}";
        internal = true;
        description = "What follows the release in the version.";
      };
      variant_id = mkOption {
        type = types.nullOr (types.strMatching "[a-z0-9._-]+");
        default = null;
        description = "VARIANT_ID in os-release.";
      };
      variantName = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "VARIANT in os-release.";
      };
      distroId = mkOption {
        type = types.str;
        default = "debian";
        internal = true;
        description = "ID in os-release. Scanners look up advisories by it.";
      };
      distroName = mkOption {
        type = types.str;
        default = "Debian GNU/Linux";
        internal = true;
        description = "NAME in os-release.";
      };
      extraOSReleaseArgs = mkOption {
        type = types.attrsOf types.str;
        default = { };
        internal = true;
        description = "Further fields of os-release.";
      };
    };
    configurationRevision = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Revision of the configuration's own repository.";
    };
    osRelease = mkOption {
      type = types.attrsOf types.singleLineStr;
      internal = true;
      readOnly = true;
      description = "Fields of /usr/lib/os-release.";
    };
  };

  config = {
    system.osRelease = {
      PRETTY_NAME = "${cfg.nixos.distroName} ${release} (${codename})";
      NAME = cfg.nixos.distroName;
      ID = cfg.nixos.distroId;
      VERSION_ID = release;
      VERSION = "${release} (${codename})";
      VERSION_CODENAME = codename;
      HOME_URL = "https://www.debian.org/";
      SUPPORT_URL = "https://www.debian.org/support";
      BUG_REPORT_URL = "https://bugs.debian.org/";
      IMAGE_ID = cfg.image.id;
      IMAGE_VERSION = cfg.image.version;
    }
    // lib.optionalAttrs (cfg.nixos.variant_id != null) { VARIANT_ID = cfg.nixos.variant_id; }
    // lib.optionalAttrs (cfg.nixos.variantName != null) { VARIANT = cfg.nixos.variantName; }
    // lib.optionalAttrs (cfg.configurationRevision != null) { IMAGE_REVISION = cfg.configurationRevision; }
    // cfg.nixos.extraOSReleaseArgs;

    image.root.files = {
      "/usr/lib/os-release".text = lib.concatStrings (
        lib.mapAttrsToList (name: value: "${name}=${quote value}\n") cfg.osRelease
      );
      "/etc/os-release".target = "../usr/lib/os-release";
    };
  };
}
