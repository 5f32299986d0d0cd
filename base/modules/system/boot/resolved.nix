# Names are resolved by systemd-resolved, which answers on a local address.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.resolved;
  words = value: lib.concatStringsSep " " value;

  settings = {
    DNS = words config.networking.nameservers;
    FallbackDNS = if cfg.fallbackDns == null then null else words cfg.fallbackDns;
    Domains = words cfg.domains;
    LLMNR = cfg.llmnr;
    MulticastDNS = "no";
    DNSSEC = cfg.dnssec;
    DNSOverTLS = cfg.dnsovertls;
  };
in
{
  options.services.resolved = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether systemd-resolved runs.";
    };
    fallbackDns = mkOption {
      type = types.nullOr (types.listOf types.singleLineStr);
      default = null;
      description = "Servers that are asked when no others are known; null leaves systemd's own.";
    };
    domains = mkOption {
      type = types.listOf types.singleLineStr;
      default = config.networking.search;
      defaultText = lib.literalExpression "config.networking.search";
      description = "Domains in which short names are looked for.";
    };
    llmnr = mkOption {
      type = types.enum [
        "true"
        "resolve"
        "false"
      ];
      default = "false";
      description = "Whether names are asked of neighbours. A server does not listen for that.";
    };
    dnssec = mkOption {
      type = types.enum [
        "true"
        "allow-downgrade"
        "false"
      ];
      default = "false";
      description = "Whether signatures are checked.";
    };
    dnsovertls = mkOption {
      type = types.enum [
        "true"
        "opportunistic"
        "false"
      ];
      default = "false";
      description = "Whether servers are asked over TLS.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of the section [Resolve].";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf cfg.enable {
      image.debianPackages = [ "systemd-resolved" ];
      image.root.enableUnits = [ "systemd-resolved.service" ];
      environment.etc = {
        "systemd/resolved.conf".text =
          "[Resolve]\n"
          + lib.concatStrings (
            lib.mapAttrsToList (name: value: if value == null || value == "" then "" else "${name}=${value}\n") settings
          )
          + cfg.extraConfig;
        "resolv.conf".source = "/run/systemd/resolve/stub-resolv.conf";
      };
    })
    (lib.mkIf (!cfg.enable) {
      environment.etc."resolv.conf".text =
        lib.concatMapStrings (server: "nameserver ${server}\n") config.networking.nameservers
        + lib.optionalString (config.networking.search != [ ]) "search ${words config.networking.search}\n";
    })
  ];
}
