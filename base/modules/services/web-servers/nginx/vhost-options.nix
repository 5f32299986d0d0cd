# Options of virtual hosts and of their locations.
{ lib, config }:
let
  inherit (lib) mkOption types;

  switch =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  maybe =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
  lines =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };
  priority = mkOption {
    type = types.int;
    default = 1000;
    description = "Lower numbers come first.";
  };
  auth = {
    basicAuth = mkOption {
      type = types.attrsOf types.singleLineStr;
      default = { };
      description = "Passwords by user. They can be read in the image; use basicAuthFile for secrets.";
    };
    basicAuthFile = maybe types.path "File with users and hashes.";
  };

  location = {
    options = auth // {
      proxyPass = maybe types.str "Where requests are passed on to.";
      proxyWebsockets = switch false "Whether connections may become websockets.";
      recommendedProxySettings = mkOption {
        type = types.bool;
        default = config.services.nginx.recommendedProxySettings;
        description = "Whether the usual headers are passed on.";
      };
      uwsgiPass = maybe types.str "Where requests are passed on to by uwsgi.";
      fastcgiParams = mkOption {
        type = types.attrsOf (types.either types.str types.path);
        default = { };
        description = "Parameters of FastCGI.";
      };
      index = maybe types.str "Files that stand for a directory.";
      tryFiles = maybe types.str "Files that are tried.";
      root = maybe types.path "Directory of the files.";
      alias = maybe types.path "Directory that stands for the location.";
      return = maybe (types.oneOf [ types.str types.int ]) "Status, and text or address, that is answered.";
      extraConfig = lines "Further lines.";
      inherit priority;
    };
  };

  listen = types.submodule {
    options = {
      addr = mkOption {
        type = types.str;
        description = "Address.";
      };
      port = maybe types.port "Port.";
      ssl = switch false "Whether it is TLS.";
      proxyProtocol = switch false "Whether the PROXY protocol is spoken.";
      extraParameters = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Further parameters.";
      };
    };
  };
in
{ name, ... }:
{
  options = auth // {
    serverName = maybe types.singleLineStr "Name of the host; the attribute's name unless given.";
    serverAliases = mkOption {
      type = types.listOf types.singleLineStr;
      default = [ ];
      description = "Further names.";
    };
    listen = mkOption {
      type = types.listOf listen;
      default = [ ];
      description = "Addresses and ports that are listened on.";
    };
    listenAddresses = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Addresses that are listened on.";
    };
    enableACME = switch false "Whether the certificate comes from an authority by ACME.";
    useACMEHost = maybe types.str "The host whose certificate is used.";
    acmeRoot = mkOption {
      type = types.nullOr types.str;
      default = "/var/lib/acme/acme-challenge";
      description = "Directory of answers to challenges.";
    };
    acmeFallbackHost = maybe types.str "Host that other challenges are passed on to.";
    addSSL = switch false "Whether TLS is offered beside plain HTTP.";
    onlySSL = switch false "Whether only TLS is offered.";
    forceSSL = switch false "Whether plain HTTP is sent on to TLS.";
    rejectSSL = switch false "Whether TLS is refused.";
    enableSSL = switch false "Older name of onlySSL.";
    redirectCode = mkOption {
      type = types.int;
      default = 301;
      description = "Status of redirects.";
    };
    sslCertificate = maybe types.path "File with the certificate.";
    sslCertificateKey = maybe types.path "File with the key.";
    sslTrustedCertificate = maybe types.path "File with certificates for OCSP.";
    kTLS = switch false "Whether the kernel encrypts.";
    http2 = switch true "Whether HTTP/2 is offered.";
    http3 = switch false "Accepted; Debian's nginx offers it where `quic` is set.";
    http3_hq = switch false "Accepted without effect.";
    quic = switch false "Whether QUIC is offered.";
    reuseport = switch false "Whether each worker has a socket of its own.";
    root = maybe types.path "Directory of the files.";
    default = switch false "Whether it answers for names that nobody knows.";
    globalRedirect = maybe types.str "Host that all requests are sent on to.";
    locations = mkOption {
      type = types.attrsOf (types.submodule location);
      default = { };
      description = "Locations by path.";
    };
    extraConfig = lines "Further lines.";
    inherit priority;
  };
}
