# Names of the machine and of others: hostname, hosts, nsswitch, proxies.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking;

  byAddress =
    lib.concatStrings (
      lib.mapAttrsToList (
        address: names: lib.optionalString (names != [ ]) "${address} ${lib.concatStringsSep " " names}\n"
      ) cfg.hosts
    );

  proxyVariables = lib.filterAttrs (_: value: value != null) {
    http_proxy = cfg.proxy.httpProxy;
    https_proxy = cfg.proxy.httpsProxy;
    ftp_proxy = cfg.proxy.ftpProxy;
    rsync_proxy = cfg.proxy.rsyncProxy;
    all_proxy = cfg.proxy.allProxy;
    no_proxy = cfg.proxy.noProxy;
  };

  proxy =
    default: description:
    mkOption {
      type = types.nullOr types.str;
      inherit default description;
    };

  databases = {
    passwd = [ "files" ];
    group = [ "files" ];
    shadow = [ "files" ];
    sudoers = [ "files" ];
    hosts = [
      "files"
      "dns"
    ];
    services = [ "files" ];
  };
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "networking" "hostname" ] [ "networking" "hostName" ])
  ];

  options = {
    networking = {
      hostName = mkOption {
        type = types.strMatching "|[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?";
        default = "hardpan";
        description = "Name of the machine. Empty when it comes from the network.";
      };
      domain = mkOption {
        type = types.nullOr (types.strMatching "[^[:space:]#]+");
        default = null;
        description = "Domain of the machine.";
      };
      fqdn = mkOption {
        type = types.str;
        default =
          if cfg.hostName != "" && cfg.domain != null then
            "${cfg.hostName}.${cfg.domain}"
          else
            throw "networking.fqdn needs networking.hostName and networking.domain";
        defaultText = lib.literalExpression "\"\${networking.hostName}.\${networking.domain}\"";
        description = "Full name of the machine.";
      };
      fqdnOrHostName = mkOption {
        type = types.str;
        readOnly = true;
        default = if cfg.domain != null && cfg.hostName != "" then cfg.fqdn else cfg.hostName;
        description = "Full name of the machine, or the short one.";
      };
      hostId = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "Eight hexadecimal digits that name the machine for some file systems.";
      };
      hosts = mkOption {
        type = types.attrsOf (types.listOf (types.strMatching "[^#\n]*"));
        default = { };
        example = {
          "192.0.2.1" = [ "gateway" ];
        };
        description = "Names by address, for /etc/hosts.";
      };
      hostFiles = mkOption {
        type = types.listOf types.path;
        default = [ ];
        description = "Files joined into /etc/hosts.";
      };
      extraHosts = mkOption {
        type = types.lines;
        default = "";
        description = "Further lines of /etc/hosts.";
      };
      timeServers = mkOption {
        type = types.listOf (types.strMatching "[^[:space:]#]+");
        default = [
          "0.debian.pool.ntp.org"
          "1.debian.pool.ntp.org"
          "2.debian.pool.ntp.org"
          "3.debian.pool.ntp.org"
        ];
        description = "Servers that are asked for the time.";
      };
      proxy = {
        default = proxy null "Proxy of all protocols.";
        httpProxy = proxy cfg.proxy.default "Proxy for http.";
        httpsProxy = proxy cfg.proxy.default "Proxy for https.";
        ftpProxy = proxy cfg.proxy.default "Proxy for ftp.";
        rsyncProxy = proxy cfg.proxy.default "Proxy for rsync.";
        allProxy = proxy cfg.proxy.default "Proxy for the rest.";
        noProxy = proxy null "Names that are reached without a proxy.";
        envVars = mkOption {
          type = types.attrsOf types.str;
          internal = true;
          default = proxyVariables;
          description = "Environment variables of the proxy.";
        };
      };
    };

    system.nssDatabases = lib.mapAttrs (
      name: default:
      mkOption {
        type = types.listOf types.singleLineStr;
        default = [ ];
        description = "Where ${name} are looked up, in order.";
      }
    ) databases;
    system.nssModules = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      internal = true;
      description = "Packages with modules for lookups.";
    };
  };

  config = {
    system.nssDatabases = databases;

    networking.hosts = {
      "127.0.0.1" = [ "localhost" ];
      "::1" = [
        "localhost"
        "ip6-localhost"
        "ip6-loopback"
      ];
      "127.0.0.2" = lib.mkIf (cfg.hostName != "") (
        lib.optional (cfg.domain != null) "${cfg.hostName}.${toString cfg.domain}" ++ [ cfg.hostName ]
      );
    };

    assertions = [
      {
        assertion = cfg.hostId == null || builtins.match "[0-9a-fA-F]{8}" cfg.hostId != null;
        message = "networking.hostId must be eight hexadecimal digits.";
      }
    ]
    ++ map (address: {
      assertion = builtins.match "[0-9a-fA-F:.]+(%[^[:space:]#]+)?" address != null;
      message = "networking.hosts: ${builtins.toJSON address} is not an address. Write { \"192.0.2.1\" = [ \"name\" ]; }.";
    }) (builtins.attrNames cfg.hosts);

    environment.etc = {
      hostname = lib.mkIf (cfg.hostName != "") { text = "${cfg.hostName}\n"; };
      hosts.text = byAddress + lib.concatMapStrings builtins.readFile cfg.hostFiles + cfg.extraHosts;
      "nsswitch.conf".text =
        lib.concatStrings (
          lib.mapAttrsToList (name: sources: "${name}: ${lib.concatStringsSep " " sources}\n") (
            removeAttrs config.system.nssDatabases [ "sudoers" ]
          )
        )
        + "gshadow: files\nnetworks: files\nprotocols: files\nethers: files\nrpc: files\n";
      networks.text = "loopback 127.0.0.0\n";
    };

    # networkd would ask another service for it, over a bus that is there long after the lease.
    systemd.paths.hardpan-hostname = lib.mkIf (cfg.hostName == "") {
      description = "A name from DHCP";
      wantedBy = [ "sysinit.target" ];
      before = [ "systemd-networkd.service" ];
      unitConfig.DefaultDependencies = false;
      pathConfig.PathChanged = "/run/systemd/netif/leases";
    };
    systemd.services.hardpan-hostname = lib.mkIf (cfg.hostName == "") {
      description = "Take the machine's name from DHCP";
      unitConfig.DefaultDependencies = false;
      serviceConfig.Type = "oneshot";
      script = ''
        name=$(sed -n 's/^HOSTNAME=//p' /run/systemd/netif/leases/* | head -n 1)
        case $name in
          "" | *[!a-zA-Z0-9.-]*) exit 0 ;;
        esac
        # The kernel takes 64 characters.
        [ "''${#name}" -le 64 ] || name=''${name%%.*}
        hostname "$name"
      '';
    };

    environment.sessionVariables = cfg.proxy.envVars;
    systemd.globalEnvironment = cfg.proxy.envVars;
  };
}
