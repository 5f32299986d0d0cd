# The text of nginx.conf.
{
  lib,
  cfg,
  certificateOf,
  enableIPv6,
}:
let
  indent =
    spaces: text:
    lib.concatMapStrings (line: lib.optionalString (line != "") "${spaces}${line}\n") (lib.splitString "\n" text);
  sorted = set: builtins.sort (a: b: a.value.priority < b.value.priority) (lib.attrsToList set);
  when = lib.optionalString;

  proxyHeaders = ''
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $host;
    proxy_set_header X-Forwarded-Server $hostname;
  '';

  # Names that differ have files that differ.
  passwordFile =
    name:
    let
      plain = lib.strings.sanitizeDerivationName name;
      digest = builtins.substring 0 8 (builtins.hashString "sha256" name);
    in
    "/etc/nginx/auth/${if plain == name then name else "${plain}-${digest}"}";

  # A path as one word. One with quotes around it is written for nginx already.
  word =
    path:
    let
      text = toString path;
    in
    if builtins.match "[^[:space:];{}\"'\\]+|\".*\"|'.*'" text != null then
      text
    else
      "\"${lib.escape [ "\\" "\"" ] text}\"";
  authText =
    name: entry:
    when (entry.basicAuth != { } || entry.basicAuthFile != null) ''
      auth_basic secured;
      auth_basic_user_file ${word (if entry.basicAuthFile != null then entry.basicAuthFile else passwordFile name)};
    '';

  locationText =
    host: path: location:
    ''
      location ${path} {
      ${indent "  " (
        when (location.proxyPass != null) "proxy_pass ${location.proxyPass};\n"
        + when location.proxyWebsockets ''
          proxy_http_version 1.1;
          proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection $connection_upgrade;
        ''
        + when (location.proxyPass != null && location.recommendedProxySettings) proxyHeaders
        + when (location.uwsgiPass != null) "uwsgi_pass ${location.uwsgiPass};\ninclude /etc/nginx/uwsgi_params;\n"
        + lib.concatStrings (
          lib.mapAttrsToList (name: value: "fastcgi_param ${name} \"${toString value}\";\n") location.fastcgiParams
        )
        + when (location.index != null) "index ${location.index};\n"
        + when (location.tryFiles != null) "try_files ${location.tryFiles};\n"
        + when (location.root != null) "root ${word location.root};\n"
        + when (location.alias != null) "alias ${word location.alias};\n"
        + when (location.return != null) "return ${toString location.return};\n"
        + authText "${host}-${path}" location
        + location.extraConfig
      )}}
    '';

  hasTls = host: host.onlySSL || host.enableSSL || host.addSSL || host.forceSSL;

  addresses =
    host:
    if host.listenAddresses != [ ] then
      host.listenAddresses
    else if cfg.defaultListenAddresses != [ ] then
      cfg.defaultListenAddresses
    else
      [ "0.0.0.0" ] ++ lib.optional enableIPv6 "[::0]";

  listensOf =
    host:
    if host.listen != [ ] then
      host.listen
    else
      lib.concatMap (
        addr:
        lib.optional (hasTls host || host.rejectSSL) {
          inherit addr;
          port = cfg.defaultSSLListenPort;
          ssl = true;
          proxyProtocol = false;
          extraParameters = [ ];
        }
        ++ lib.optional (!(host.onlySSL || host.enableSSL)) {
          inherit addr;
          port = cfg.defaultHTTPListenPort;
          ssl = false;
          proxyProtocol = false;
          extraParameters = [ ];
        }
      ) (addresses host);

  listenText =
    host: listen:
    "listen ${listen.addr}${when (listen.port != null) ":${toString listen.port}"}${when listen.ssl " ssl"}${
      when host.default " default_server"
    }${when host.reuseport " reuseport"}${when listen.proxyProtocol " proxy_protocol"}${
      lib.concatMapStrings (parameter: " ${parameter}") listen.extraParameters
    };\n";

  acmeLocation =
    host:
    when ((host.enableACME || host.useACMEHost != null) && host.acmeRoot != null) ''
      location ^~ /.well-known/acme-challenge/ {
        auth_basic off;
        root ${word host.acmeRoot};
      }
    '';

  tlsText =
    host:
    let
      certificate = certificateOf host;
    in
    when (hasTls host) ''
      ssl_certificate ${certificate.certificate};
      ssl_certificate_key ${certificate.key};
      ${when (certificate.trusted != null) "ssl_trusted_certificate ${certificate.trusted};"}
    ''
    + when (host.kTLS && hasTls host) "ssl_conf_command Options KTLS;\n";

  serverText =
    name: host: listens: content:
    ''
      server {
      ${indent "  " (
        lib.concatMapStrings (listenText host) listens
        + "server_name ${if host.serverName == null then name else host.serverName} ${lib.concatStringsSep " " host.serverAliases};\n"
        + content
      )}}
    '';

  hostText =
    name: host:
    let
      listens = listensOf host;
      plain = builtins.filter (listen: !listen.ssl) listens;
      kept = if host.forceSSL then builtins.filter (listen: listen.ssl) listens else listens;
    in
    when host.forceSSL (
      serverText name host plain (
        acmeLocation host + "location / {\n  return ${toString host.redirectCode} https://$host$request_uri;\n}\n"
      )
    )
    + serverText name host kept (
      when host.http2 "http2 on;\n"
      + acmeLocation host
      + when (host.root != null) "root ${word host.root};\n"
      + when (host.globalRedirect != null) "location / {\n  return ${toString host.redirectCode} http${
        when (hasTls host) "s"
      }://${host.globalRedirect}$request_uri;\n}\n"
      + when host.rejectSSL "ssl_reject_handshake on;\n"
      + tlsText host
      + authText name host
      + lib.concatMapStrings (entry: locationText name entry.name entry.value) (sorted host.locations)
      + host.extraConfig
    );

  upstreamText =
    name: upstream:
    ''
      upstream ${name} {
      ${indent "  " (
        lib.concatStrings (
          lib.mapAttrsToList (
            server: settings:
            "server ${server}${
              lib.concatStrings (
                lib.mapAttrsToList (
                  key: value:
                  if value == true then
                    " ${key}"
                  else if value == false || value == null then
                    ""
                  else
                    " ${key}=${toString value}"
                ) settings
              )
            };\n"
          ) upstream.servers
        )
        + upstream.extraConfig
      )}}
    '';

  httpText =
    ''
      include /etc/nginx/mime.types;
      default_type application/octet-stream;
    ''
    + when (cfg.resolver.addresses != [ ]) "resolver ${lib.concatStringsSep " " cfg.resolver.addresses}${
      when (cfg.resolver.valid != "") " valid=${cfg.resolver.valid}"
    }${when (!cfg.resolver.ipv6) " ipv6=off"};\n"
    + when cfg.recommendedOptimisation ''
      sendfile on;
      tcp_nopush on;
      tcp_nodelay on;
      keepalive_timeout 65;
    ''
    + "ssl_protocols ${cfg.sslProtocols};\n"
    + when (cfg.sslCiphers != null) "ssl_ciphers ${cfg.sslCiphers};\n"
    + when (cfg.sslDhparam != null) "ssl_dhparam ${toString cfg.sslDhparam};\n"
    + when cfg.recommendedTlsSettings ''
      ssl_session_timeout 1d;
      ssl_session_cache shared:SSL:10m;
      ssl_session_tickets off;
      ssl_prefer_server_ciphers off;
    ''
    + when cfg.recommendedGzipSettings ''
      gzip on;
      gzip_static on;
      gzip_vary on;
      gzip_comp_level 5;
      gzip_min_length 256;
      gzip_proxied expired no-cache no-store private auth;
      gzip_types application/atom+xml application/javascript application/json application/xml image/svg+xml text/css text/javascript text/plain text/xml;
    ''
    + when cfg.recommendedProxySettings ''
      proxy_redirect off;
      proxy_connect_timeout ${cfg.proxyTimeout};
      proxy_send_timeout ${cfg.proxyTimeout};
      proxy_read_timeout ${cfg.proxyTimeout};
      proxy_http_version 1.1;
    ''
    + ''
      map $http_upgrade $connection_upgrade {
        default upgrade;
        ''' close;
      }
      client_max_body_size ${cfg.clientMaxBodySize};
      server_tokens ${if cfg.serverTokens then "on" else "off"};
      server_names_hash_bucket_size ${toString cfg.serverNamesHashBucketSize};
    ''
    + cfg.commonHttpConfig
    + lib.concatStrings (lib.mapAttrsToList upstreamText cfg.upstreams)
    + cfg.appendHttpConfig
    + when cfg.statusPage ''
      server {
        listen 127.0.0.1:${toString cfg.defaultHTTPListenPort};
        server_name localhost;
        location /nginx_status {
          stub_status on;
          access_log off;
          allow 127.0.0.1;
          deny all;
        }
      }
    ''
    + lib.concatMapStrings (entry: hostText entry.name entry.value) (sorted cfg.virtualHosts);
in
{
  inherit passwordFile listensOf;
  text = ''
    pid /run/nginx/nginx.pid;
    error_log ${cfg.logError};
    daemon off;
    ${cfg.config}
    ${cfg.prependConfig}
    events {
    ${indent "  " cfg.eventsConfig}}
    ${when (cfg.httpConfig != "") "http {\n${cfg.httpConfig}\n}"}
    ${when (cfg.httpConfig == "") "http {\n${indent "  " httpText}}"}
    ${when (cfg.streamConfig != "") "stream {\n${cfg.streamConfig}\n}"}
    ${cfg.appendConfig}
  '';
}
