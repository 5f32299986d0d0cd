# Certificates that programs trust: Mozilla's list as Debian ships it, more or fewer as the configuration says.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.security.pki;
  number = lib.imap0 (index: content: lib.nameValuePair "/usr/local/share/ca-certificates/${toString index}.crt" content);
in
{
  options.security.pki = {
    installCACerts = mkOption {
      type = types.bool;
      default = true;
      description = "Accepted; the bundle is always there.";
    };
    useCompatibleBundle = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted; there is one form of the bundle.";
    };
    certificateFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Files with further certificates that are trusted.";
    };
    certificates = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further certificates that are trusted.";
    };
    caCertificateBlacklist = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "WoSign" ];
      description = "Names of authorities that are not trusted.";
    };
    caBundle = mkOption {
      type = types.str;
      default = "/etc/ssl/certs/ca-certificates.crt";
      readOnly = true;
      description = "The file with all certificates.";
    };
  };

  config = {
    image.debianPackages = [ "ca-certificates" ];
    image.root.exclude = map (
      name: "/usr/share/ca-certificates/mozilla/${builtins.replaceStrings [ " " ] [ "_" ] name}.crt"
    ) cfg.caCertificateBlacklist;
    image.root.files = {
      "/etc/ssl/certs/ca-bundle.crt".target = "ca-certificates.crt";
      "/etc/pki/tls/certs/ca-bundle.crt".target = cfg.caBundle;
      "/etc/ssl/private" = {
        kind = "directory";
        mode = "0700";
      };
    }
    // builtins.listToAttrs (
      number (
        map (source: { inherit source; }) cfg.certificateFiles ++ map (text: { inherit text; }) cfg.certificates
      )
    );
  };
}
