# nginx, with the names of options and directories that NixOS has.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.nginx;

  switch =
    description:
    mkOption {
      type = types.bool;
      default = false;
      inherit description;
    };
  lines =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };
  text =
    default: description:
    mkOption {
      type = types.str;
      inherit default description;
    };

  certificateOf =
    host:
    let
      name = if host.useACMEHost != null then host.useACMEHost else if host.serverName != null then host.serverName else null;
      acme = host.enableACME || host.useACMEHost != null;
      directory = config.security.acme.certs.${name}.directory;
    in
    {
      certificate = if acme then "${directory}/fullchain.pem" else toString host.sslCertificate;
      key = if acme then "${directory}/key.pem" else toString host.sslCertificateKey;
      trusted = if acme then "${directory}/chain.pem" else host.sslTrustedCertificate;
    };

  named = lib.mapAttrs (
    name: host: host // { serverName = if host.serverName == null then name else host.serverName; }
  ) cfg.virtualHosts;

  rendered = import ./config-text.nix {
    inherit lib certificateOf;
    inherit (config.networking) enableIPv6;
    cfg = cfg // {
      virtualHosts = named;
    };
  };

  # Each name with each address that it is answered on.
  placesOf =
    host:
    lib.concatMap (
      listen:
      map (name: "${name} at ${listen.addr}${lib.optionalString (listen.port != null) ":${toString listen.port}"}") (
        lib.unique ([ host.serverName ] ++ host.serverAliases)
      )
    ) (lib.unique (map (listen: { inherit (listen) addr port; }) (rendered.listensOf host)));

  acmeHosts = lib.filterAttrs (_: host: host.enableACME && host.useACMEHost == null) named;

  passwordFiles = lib.concatMapAttrs (
    name: host:
    let
      fileOf = name: entry: {
        ${lib.removePrefix "/etc/" (rendered.passwordFile name)} = {
          mode = "0640";
          group = cfg.group;
          text = lib.concatStrings (
            lib.mapAttrsToList (user: password: "${user}:{PLAIN}${password}\n") entry.basicAuth
          );
        };
      };
      entries = [ (lib.nameValuePair name host) ] ++ lib.mapAttrsToList (
        path: location: lib.nameValuePair "${name}-${path}" location
      ) host.locations;
    in
    lib.foldl' (
      files: entry: files // lib.optionalAttrs (entry.value.basicAuth != { }) (fileOf entry.name entry.value)
    ) { } entries
  ) named;
in
{
  options.services.nginx = {
    enable = switch "Whether nginx runs.";
    package = mkOption {
      type = types.raw;
      default = null;
      visible = false;
      description = "Accepted; the program is Debian's.";
    };
    additionalModules = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Debian's packages libnginx-mod-*.";
    };
    recommendedProxySettings = switch "Whether the usual headers are passed on.";
    recommendedTlsSettings = switch "Whether TLS has the usual settings.";
    recommendedOptimisation = switch "Whether files are sent the usual way.";
    recommendedGzipSettings = switch "Whether answers are compressed.";
    recommendedBrotliSettings = switch "Accepted; answers are compressed by gzip.";
    recommendedZstdSettings = switch "Accepted; answers are compressed by gzip.";
    experimentalZstdSettings = switch "Accepted; answers are compressed by gzip.";
    recommendedUwsgiSettings = switch "Accepted without effect.";
    proxyTimeout = text "60s" "How long an answer may take.";
    clientMaxBodySize = text "10m" "Greatest request.";
    serverTokens = switch "Whether the version is shown.";
    serverNamesHashBucketSize = mkOption {
      type = types.ints.positive;
      default = 128;
      description = "Size of a table of names.";
    };
    sslProtocols = text "TLSv1.2 TLSv1.3" "Versions of TLS.";
    sslCiphers = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Ciphers; OpenSSL's own choice unless given.";
    };
    sslDhparam = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "File with a Diffie-Hellman group.";
    };
    resolver = {
      addresses = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Name servers.";
      };
      valid = text "" "How long answers hold.";
      ipv6 = mkOption {
        type = types.bool;
        default = true;
        description = "Whether IPv6 addresses are asked for.";
      };
    };
    statusPage = switch "Whether there is a page with numbers, for this machine only.";
    defaultListenAddresses = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Addresses that are listened on.";
    };
    defaultHTTPListenPort = mkOption {
      type = types.port;
      default = 80;
      description = "Port of plain HTTP.";
    };
    defaultSSLListenPort = mkOption {
      type = types.port;
      default = 443;
      description = "Port of TLS.";
    };
    logError = text "stderr" "Where errors go.";
    config = lines "Lines at the beginning.";
    prependConfig = lines "Lines before the sections.";
    appendConfig = lines "Lines at the end.";
    eventsConfig = lines "Lines of the section events.";
    httpConfig = lines "The whole section http, instead of virtual hosts.";
    commonHttpConfig = lines "Lines at the beginning of the section http.";
    appendHttpConfig = lines "Lines at the end of the section http.";
    streamConfig = lines "The section stream.";
    user = text "nginx" "Who it runs as.";
    group = text "nginx" "Group it runs as.";
    enableReload = switch "Accepted; an image is replaced as a whole.";
    validateConfigFile = mkOption {
      type = types.bool;
      default = true;
      description = "Whether nginx reads the configuration while the image is built.";
    };
    upstreams = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            servers = mkOption {
              type = types.attrsOf (types.attrsOf types.raw);
              default = { };
              description = "Servers by address.";
            };
            extraConfig = lines "Further lines.";
          };
        }
      );
      default = { };
      description = "Groups of servers.";
    };
    virtualHosts = mkOption {
      type = types.attrsOf (types.submodule (import ./vhost-options.nix { inherit lib config; }));
      default = { };
      description = "Hosts by name.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = lib.mapAttrsToList (place: _: {
      assertion = false;
      message = "Several of services.nginx.virtualHosts answer to ${place}; nginx would take the first. Give one another serverName, or make one host of them.";
    }) (lib.hardpan.sharing (place: place) (lib.concatMap placesOf (builtins.attrValues named)))
    ++ lib.mapAttrsToList (name: host: {
      assertion =
        !(host.onlySSL || host.addSSL || host.forceSSL)
        || host.enableACME
        || host.useACMEHost != null
        || (host.sslCertificate != null && host.sslCertificateKey != null);
      message = "services.nginx.virtualHosts.\"${name}\" has TLS and no certificate: set enableACME, useACMEHost, or sslCertificate and sslCertificateKey.";
    }) named;

    image.debianPackages = [ "nginx" ] ++ lib.concatMap (package: package.debianPackages) cfg.additionalModules;
    image.root.keepEtc = [
      "nginx/mime.types"
      "nginx/*_params"
      "nginx/fastcgi.conf"
    ];

    users.users = lib.mkIf (cfg.user == "nginx") {
      nginx = {
        isSystemUser = true;
        group = cfg.group;
        description = "nginx";
        extraGroups = lib.optional (acmeHosts != { }) "acme";
      };
    };
    users.groups = lib.mkIf (cfg.group == "nginx") { nginx = { }; };

    security.acme.certs = lib.mkMerge (
      lib.mapAttrsToList (_: host: {
        ${host.serverName} = {
          extraDomainNames = host.serverAliases;
          webroot = lib.mkDefault host.acmeRoot;
          group = lib.mkDefault cfg.group;
          reloadServices = [ "nginx.service" ];
        };
      }) acmeHosts
    );

    environment.etc = {
      "nginx/nginx.conf".text = rendered.text;
    }
    // passwordFiles;

    systemd.services.nginx = {
      description = "Web server nginx";
      wantedBy = [ "multi-user.target" ];
      wants = lib.concatMap (host: [ "acme-selfsigned-${host.serverName}.service" ]) (builtins.attrValues acmeHosts);
      after = [
        "network.target"
      ]
      ++ lib.concatMap (host: [ "acme-selfsigned-${host.serverName}.service" ]) (builtins.attrValues acmeHosts);
      unitConfig = {
        StartLimitIntervalSec = 60;
      };
      serviceConfig = {
        ExecStart = "/usr/sbin/nginx -c /etc/nginx/nginx.conf -e stderr";
        ExecReload = [
          "/usr/sbin/nginx -c /etc/nginx/nginx.conf -t"
          "/usr/bin/kill -HUP $MAINPID"
        ];
        Restart = "always";
        RestartSec = "10s";
        User = cfg.user;
        Group = cfg.group;
        RuntimeDirectory = "nginx";
        RuntimeDirectoryMode = "0750";
        StateDirectory = "nginx";
        CacheDirectory = "nginx";
        CacheDirectoryMode = "0750";
        LogsDirectory = "nginx";
        LogsDirectoryMode = "0750";
        UMask = "0027";
        AmbientCapabilities = "CAP_NET_BIND_SERVICE CAP_SYS_RESOURCE";
        CapabilityBoundingSet = "CAP_NET_BIND_SERVICE CAP_SYS_RESOURCE";
        NoNewPrivileges = true;
        ProtectSystem = "strict";
        ProtectHome = true;
        PrivateTmp = true;
        PrivateDevices = true;
        ProtectHostname = true;
        ProtectClock = true;
        ProtectKernelTunables = true;
        ProtectKernelModules = true;
        ProtectKernelLogs = true;
        ProtectControlGroups = true;
        RestrictAddressFamilies = "AF_UNIX AF_INET AF_INET6";
        RestrictNamespaces = true;
        LockPersonality = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
      };
    };
  };
}
