# Units that ask for certificates and renew them.
{ lib, config }:
let
  cfg = config.security.acme;
  quote = lib.escapeShellArg;

  directory = name: "/var/lib/acme/${name}";

  challenge =
    certificate:
    if certificate.dnsProvider != null then
      [
        "--dns"
        certificate.dnsProvider
      ]
      ++ lib.optional (!certificate.dnsPropagationCheck) "--dns.disable-cp"
      ++ lib.optionals (certificate.dnsResolver != null) [
        "--dns.resolvers"
        certificate.dnsResolver
      ]
    else if certificate.listenHTTP != null then
      [
        "--http"
        "--http.port"
        certificate.listenHTTP
      ]
    else
      [
        "--http"
        "--http.webroot"
        certificate.webroot
      ];

  common =
    name: certificate:
    [
      "--accept-tos"
      "--path"
      "/var/lib/acme/.lego/${name}"
      "--email"
      certificate.email
      "--server"
      certificate.server
      "--key-type"
      certificate.keyType
    ]
    ++ lib.concatMap (domain: [
      "--domains"
      domain
    ]) ([ certificate.domain ] ++ certificate.extraDomainNames)
    ++ challenge certificate
    ++ certificate.extraLegoFlags;

  fileName = certificate: builtins.replaceStrings [ "*" ] [ "_" ] certificate.domain;

  issue =
    name: certificate:
    let
      target = directory name;
      source = "/var/lib/acme/.lego/${name}/certificates/${fileName certificate}";
      staple = lib.optional certificate.ocspMustStaple "--must-staple";
      lego = lib.escapeShellArgs (common name certificate);
    in
    ''
      umask 0027
      if [ -e ${quote source}.key ]; then
        /usr/bin/lego ${lego} renew --no-random-sleep --days ${toString certificate.validMinDays} ${
          lib.escapeShellArgs (staple ++ certificate.extraLegoRenewFlags)
        }
      else
        /usr/bin/lego ${lego} run ${lib.escapeShellArgs (staple ++ certificate.extraLegoRunFlags)}
      fi
      if ! /usr/bin/cmp -s ${quote source}.crt ${quote target}/fullchain.pem; then
        /usr/bin/cp ${quote source}.key ${quote target}/key.pem
        /usr/bin/cp ${quote source}.issuer.crt ${quote target}/chain.pem
        /usr/bin/cp ${quote source}.crt ${quote target}/fullchain.pem
        /usr/bin/cat ${quote target}/key.pem ${quote target}/fullchain.pem > ${quote target}/full.pem
        /usr/bin/chmod 0640 ${quote target}/key.pem ${quote target}/full.pem
        /usr/bin/chmod 0644 ${quote target}/chain.pem ${quote target}/fullchain.pem
        /usr/bin/ln -sf fullchain.pem ${quote target}/cert.pem
        : > ${quote target}/.renewed
      fi
    '';

  selfSigned =
    name: certificate:
    let
      target = directory name;
    in
    ''
      umask 0027
      /usr/bin/openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
        -subj ${quote "/CN=${certificate.domain}"} -keyout ${quote target}/key.pem -out ${quote target}/fullchain.pem
      /usr/bin/cp ${quote target}/fullchain.pem ${quote target}/chain.pem
      /usr/bin/cat ${quote target}/key.pem ${quote target}/fullchain.pem > ${quote target}/full.pem
      /usr/bin/chmod 0640 ${quote target}/key.pem ${quote target}/full.pem
      /usr/bin/chmod 0644 ${quote target}/chain.pem ${quote target}/fullchain.pem
      /usr/bin/ln -sf fullchain.pem ${quote target}/cert.pem
    '';

  service = name: certificate: settings: {
    Type = "oneshot";
    User = "acme";
    Group = certificate.group;
    UMask = "0027";
    StateDirectory = [
      "acme/${name}"
      "acme/.lego/${name}"
    ];
    StateDirectoryMode = "0750";
    PrivateTmp = true;
    ProtectHome = true;
    ProtectSystem = "strict";
    ReadWritePaths = "/var/lib/acme";
    NoNewPrivileges = true;
  }
  // settings;

  renewed =
    name: certificate:
    "+/usr/bin/bash -c ${
      quote (
        "if [ -e ${directory name}/.renewed ]; then rm -f ${directory name}/.renewed; "
        + lib.optionalString (
          certificate.reloadServices != [ ]
        ) "systemctl --no-block try-reload-or-restart ${lib.escapeShellArgs certificate.reloadServices}; "
        + "fi"
      )
    }";
in
{
  services =
    lib.mapAttrs' (
      name: certificate:
      lib.nameValuePair "acme-${name}" {
        description = "Certificate of ${certificate.domain}";
        wantedBy = [ "multi-user.target" ];
        wants = [ "network-online.target" ];
        after = [
          "network-online.target"
          "nss-lookup.target"
          "nginx.service"
          "acme-selfsigned-${name}.service"
        ];
        script = issue name certificate;
        postStart = certificate.postRun;
        # A name that is not there yet, an authority that is down: the certificate comes once they are. Authorities
        # count failures, five an hour.
        unitConfig.StartLimitIntervalSec = 0;
        serviceConfig = service name certificate {
          Restart = "on-failure";
          RestartSec = "15min";
          ExecStartPost = renewed name certificate;
          EnvironmentFile = lib.mkIf (certificate.environmentFile != null) certificate.environmentFile;
          Environment = lib.mapAttrsToList (variable: file: "${variable}=${toString file}") certificate.credentialFiles;
          AmbientCapabilities = lib.mkIf (certificate.listenHTTP != null) "CAP_NET_BIND_SERVICE";
        };
      }
    ) cfg.certs
    // lib.mapAttrs' (
      name: certificate:
      lib.nameValuePair "acme-selfsigned-${name}" {
        description = "The machine's own certificate for ${certificate.domain}";
        unitConfig.ConditionPathExists = "!${directory name}/key.pem";
        script = selfSigned name certificate;
        serviceConfig = service name certificate { RemainAfterExit = true; };
      }
    ) cfg.certs;

  timers = lib.mapAttrs' (
    name: certificate:
    lib.nameValuePair "acme-${name}" {
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = certificate.renewInterval;
        RandomizedDelaySec = "24h";
        Persistent = true;
      };
    }
  ) cfg.certs;
}
