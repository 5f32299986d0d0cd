# Certificates from an authority by ACME, with lego. Until the first one is there, services have a certificate of the
# machine's own.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.security.acme;

  shared = inherited: {
    email = mkOption {
      type = types.nullOr types.str;
      default = inherited "email" null;
      description = "Who hears of expiring certificates.";
    };
    server = mkOption {
      type = types.nullOr types.str;
      default = inherited "server" "https://acme-v02.api.letsencrypt.org/directory";
      description = "The authority.";
    };
    keyType = mkOption {
      type = types.str;
      default = inherited "keyType" "ec256";
      description = "Kind of the key.";
    };
    dnsProvider = mkOption {
      type = types.nullOr types.str;
      default = inherited "dnsProvider" null;
      description = "Who serves the domain, when the challenge is answered by DNS.";
    };
    dnsResolver = mkOption {
      type = types.nullOr types.str;
      default = inherited "dnsResolver" null;
      description = "Name server that is asked whether the answer is there.";
    };
    dnsPropagationCheck = mkOption {
      type = types.bool;
      default = inherited "dnsPropagationCheck" true;
      description = "Whether it is waited for.";
    };
    environmentFile = mkOption {
      type = types.nullOr types.path;
      default = inherited "environmentFile" null;
      description = "File with secrets of the DNS provider.";
    };
    credentialFiles = mkOption {
      type = types.attrsOf types.path;
      default = inherited "credentialFiles" { };
      description = "Files with secrets, by name of the variable that ends in _FILE.";
    };
    group = mkOption {
      type = types.str;
      default = inherited "group" "acme";
      description = "Group that may read the certificate.";
    };
    webroot = mkOption {
      type = types.nullOr types.str;
      default = inherited "webroot" null;
      description = "Directory of answers to challenges.";
    };
    listenHTTP = mkOption {
      type = types.nullOr types.str;
      default = inherited "listenHTTP" null;
      description = "Address on which challenges are answered, when no web server does.";
    };
    reloadServices = mkOption {
      type = types.listOf types.str;
      default = inherited "reloadServices" [ ];
      description = "Services that are told of a new certificate.";
    };
    postRun = mkOption {
      type = types.lines;
      default = inherited "postRun" "";
      description = "Commands run with a new certificate.";
    };
    renewInterval = mkOption {
      type = types.str;
      default = inherited "renewInterval" "daily";
      description = "How often it is looked at.";
    };
    validMinDays = mkOption {
      type = types.int;
      default = inherited "validMinDays" 30;
      description = "Days before the end at which it is renewed.";
    };
    extraLegoFlags = mkOption {
      type = types.listOf types.str;
      default = inherited "extraLegoFlags" [ ];
      description = "Further arguments.";
    };
    extraLegoRunFlags = mkOption {
      type = types.listOf types.str;
      default = inherited "extraLegoRunFlags" [ ];
      description = "Further arguments of the first run.";
    };
    extraLegoRenewFlags = mkOption {
      type = types.listOf types.str;
      default = inherited "extraLegoRenewFlags" [ ];
      description = "Further arguments of renewals.";
    };
    ocspMustStaple = mkOption {
      type = types.bool;
      default = inherited "ocspMustStaple" false;
      description = "Whether clients insist on stapled answers.";
    };
    enableDebugLogs = mkOption {
      type = types.bool;
      default = true;
      visible = false;
      description = "Accepted without effect.";
    };
  };

  certificate =
    { name, ... }:
    {
      options = shared (option: _: cfg.defaults.${option}) // {
        domain = mkOption {
          type = types.str;
          default = name;
          description = "The domain.";
        };
        extraDomainNames = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Further domains.";
        };
        directory = mkOption {
          type = types.str;
          readOnly = true;
          default = "/var/lib/acme/${name}";
          description = "Where the certificate is.";
        };
        inheritDefaults = mkOption {
          type = types.bool;
          default = true;
          description = "Accepted; defaults are inherited.";
        };
      };
    };

  services = import ./services.nix { inherit lib config; };
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "security" "acme" "email" ] [ "security" "acme" "defaults" "email" ])
    (lib.mkRenamedOptionModule [ "security" "acme" "server" ] [ "security" "acme" "defaults" "server" ])
  ];

  options.security.acme = {
    acceptTerms = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the authority's terms are accepted.";
    };
    preliminarySelfsigned = mkOption {
      type = types.bool;
      default = true;
      description = "Accepted; there is always a certificate of the machine's own at first.";
    };
    useRoot = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted without effect.";
    };
    maxConcurrentRenewals = mkOption {
      type = types.int;
      default = 5;
      visible = false;
      description = "Accepted without effect.";
    };
    defaults = shared (_: default: default);
    certs = mkOption {
      type = types.attrsOf (types.submodule certificate);
      default = { };
      description = "Certificates by name.";
    };
  };

  config = lib.mkIf (cfg.certs != { }) {
    assertions = [
      {
        assertion = cfg.acceptTerms;
        message = "security.acme.acceptTerms must be set: it says that you accept the authority's terms.";
      }
    ]
    ++ lib.mapAttrsToList (name: certificate: {
      assertion = certificate.email != null;
      message = "security.acme.defaults.email or security.acme.certs.\"${name}\".email must be set.";
    }) cfg.certs
    ++ lib.mapAttrsToList (name: certificate: {
      assertion = certificate.webroot != null || certificate.dnsProvider != null || certificate.listenHTTP != null;
      message = "security.acme.certs.\"${name}\" needs webroot, dnsProvider or listenHTTP.";
    }) cfg.certs;

    image.debianPackages = [
      "lego"
      "openssl"
    ];
    users.users.acme = {
      isSystemUser = true;
      group = "acme";
      home = "/var/lib/acme";
    };
    users.groups.acme = { };
    systemd.tmpfiles.rules = [
      "d /var/lib/acme 0755 acme acme -"
      "d /var/lib/acme/.lego 0700 acme acme -"
      "d /var/lib/acme/acme-challenge 0755 acme acme -"
      "d /var/lib/acme/acme-challenge/.well-known 0755 acme acme -"
      "d /var/lib/acme/acme-challenge/.well-known/acme-challenge 0755 acme acme -"
    ];
    systemd.services = services.services;
    systemd.timers = services.timers;
  };
}
