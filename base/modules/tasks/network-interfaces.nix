# `networking.interfaces` and what belongs to it, carried out by systemd-networkd.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking;

  address =
    version: bits:
    types.submodule {
      options = {
        address = mkOption {
          type = types.singleLineStr;
          description = "The IPv${toString version} address.";
        };
        prefixLength = mkOption {
          type = types.addCheck types.int (length: length >= 0 && length <= bits);
          description = "How many bits name the network.";
        };
      };
    };

  routeWords = import ./route-words.nix { inherit lib; };

  route = types.submodule {
    options = {
      address = mkOption {
        type = types.singleLineStr;
        description = "The network.";
      };
      prefixLength = mkOption {
        type = types.ints.between 0 128;
        description = "How many bits name the network.";
      };
      type = maybe (types.enum [
        "anycast"
        "blackhole"
        "broadcast"
        "local"
        "multicast"
        "prohibit"
        "throw"
        "unicast"
        "unreachable"
      ]) "Kind of the route.";
      via = maybe types.singleLineStr "The next hop.";
      options = mkOption {
        type = types.attrsOf types.singleLineStr;
        default = { };
        example = {
          mtu = "1400";
          metric = "100";
        };
        description = "Further settings of the route, by the names that `ip route` has for them.";
      };
    };
  };

  list =
    type: description:
    mkOption {
      type = types.listOf type;
      default = [ ];
      inherit description;
    };
  maybe =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };

  # networkd's word for each way to use temporary addresses.
  temporary = {
    default = "yes";
    disabled = "no";
    enabled = "prefer-public";
  };

  interface =
    { name, ... }:
    {
      imports = [
        (lib.mkAliasOptionModule [ "ip4" ] [ "ipv4" "addresses" ])
        (lib.mkAliasOptionModule [ "ip6" ] [ "ipv6" "addresses" ])
      ];
      options = {
        name = mkOption {
          type = types.singleLineStr;
          default = name;
          description = "Name of the interface.";
        };
        useDHCP = maybe types.bool "Whether addresses come from DHCP.";
        ipv4.addresses = list (address 4 32) "IPv4 addresses.";
        ipv4.routes = list route "IPv4 routes.";
        ipv6.addresses = list (address 6 128) "IPv6 addresses.";
        ipv6.routes = list route "IPv6 routes.";
        macAddress = maybe types.singleLineStr "Hardware address.";
        mtu = maybe types.int "Largest packet.";
        wakeOnLan = {
          enable = mkOption {
            type = types.bool;
            default = false;
            description = "Whether a packet wakes the machine.";
          };
          policy = mkOption {
            type = types.listOf (types.enum [
              "arp"
              "broadcast"
              "magic"
              "multicast"
              "phy"
              "secureon"
              "unicast"
            ]);
            default = [ "magic" ];
            description = "Which packets do.";
          };
        };
        virtual = mkOption {
          type = types.bool;
          default = false;
          description = "Whether it is a virtual device.";
        };
        virtualType = maybe (types.enum [
          "tap"
          "tun"
        ]) "Kind of the virtual device.";
        virtualOwner = mkOption {
          type = types.singleLineStr;
          default = "root";
          description = "Who may use the virtual device.";
        };
        tempAddress = mkOption {
          type = types.enum (builtins.attrNames temporary);
          default = if cfg.enableIPv6 then cfg.tempAddresses else "disabled";
          defaultText = lib.literalExpression "config.networking.tempAddresses";
          description = "Whether there are temporary IPv6 addresses, and whether they are the usual ones (`default`).";
        };
        proxyARP = mkOption {
          type = types.bool;
          default = false;
          description = "Whether it answers for others.";
        };
      };
    };

  gatewayType = types.coercedTo types.str (address: { inherit address; }) (
    types.submodule {
      options = {
        address = mkOption {
          type = types.singleLineStr;
          description = "Address of the gateway.";
        };
        interface = maybe types.singleLineStr "Interface to the gateway.";
        metric = maybe types.int "Metric of the route.";
        source = maybe types.singleLineStr "Source address.";
      };
    }
  );

  cidr = entry: "${entry.address}/${toString entry.prefixLength}";

  gateways = builtins.filter (gateway: gateway != null) [
    cfg.defaultGateway
    cfg.defaultGateway6
  ];

  isIPv6 = lib.hasInfix ":";
  interfaces = builtins.attrValues cfg.interfaces;

  # A gateway belongs to the interface it names, or else to the first with a fixed address of its kind.
  firstLike =
    gateway:
    let
      kind = if isIPv6 gateway.address then "ipv6" else "ipv4";
      found = builtins.filter (interface: interface.${kind}.addresses != [ ]) interfaces;
    in
    if found == [ ] then null else (builtins.head found).name;
  interfaceOf = gateway: if gateway.interface != null then gateway.interface else firstLike gateway;

  gatewayNetwork =
    gateway:
    network (interfaceOf gateway) {
      routes = [
        (given {
          Gateway = gateway.address;
          GatewayOnLink = true;
          Metric = gateway.metric;
          PreferredSource = gateway.source;
        })
      ];
    };

  network = import ./network-of.nix {
    inherit lib;
    inherit (cfg) useDHCP;
  };

  given = lib.filterAttrs (_: value: value != null);
  routeOf =
    entry:
    given {
      Destination = cidr entry;
      Gateway = entry.via;
      Type = entry.type;
    }
    // lib.concatMapAttrs (name: value: routeWords.${name} value) (builtins.intersectAttrs routeWords entry.options);

  routesOf = interface: interface.ipv4.routes ++ lib.optionals cfg.enableIPv6 interface.ipv6.routes;
  addressesOf = interface: interface.ipv4.addresses ++ lib.optionals cfg.enableIPv6 interface.ipv6.addresses;

  networkOf =
    interface:
    {
      matchConfig.Name = interface.name;
      networkConfig = {
        DHCP = if interface.useDHCP == null then cfg.useDHCP && addressesOf interface == [ ] else interface.useDHCP;
        IPv6PrivacyExtensions = temporary.${interface.tempAddress};
        IPv6AcceptRA = lib.mkIf (!cfg.enableIPv6) false;
        LinkLocalAddressing = lib.mkIf (!cfg.enableIPv6) "no";
        IPv4ProxyARP = lib.mkIf interface.proxyARP true;
      };
      address = map cidr (addressesOf interface);
      routes = map routeOf (routesOf interface);
      linkConfig = given {
        MTUBytes = interface.mtu;
        MACAddress = interface.macAddress;
      };
    };

  # udev settles this before the interface has its name, so each way that it may get the name is asked for.
  wakingLinks =
    interface:
    lib.mapAttrs' (
      way: match:
      lib.nameValuePair "40-${interface.name}-${way}" {
        matchConfig = match;
        linkConfig = {
          WakeOnLan = lib.concatStringsSep " " interface.wakeOnLan.policy;
          NamePolicy = "keep kernel database onboard slot path";
          AlternativeNamesPolicy = "database onboard slot path mac";
          MACAddressPolicy = "persistent";
        };
      }
    ) {
      kernel.OriginalName = interface.name;
      onboard.Property = "ID_NET_NAME_ONBOARD=${interface.name}";
      path.Property = "ID_NET_NAME_PATH=${interface.name}";
      slot.Property = "ID_NET_NAME_SLOT=${interface.name}";
    };

  unknownOptions = lib.concatMap (
    interface:
    map (
      entry: {
        inherit (interface) name;
        address = cidr entry;
        unknown = builtins.attrNames (removeAttrs entry.options (builtins.attrNames routeWords));
      }
    ) (routesOf interface)
  ) interfaces;
in
{
  options.networking = {
    useDHCP = mkOption {
      type = types.bool;
      default = true;
      description = "Whether interfaces without settings of their own ask DHCP for addresses.";
    };
    useNetworkd = mkOption {
      type = types.bool;
      default = true;
      description = "Accepted; networks are always systemd-networkd's.";
    };
    enableIPv6 = mkOption {
      type = types.bool;
      default = true;
      description = "Whether IPv6 is used.";
    };
    tempAddresses = mkOption {
      type = types.enum (builtins.attrNames temporary);
      default = "disabled";
      description = "Whether interfaces have temporary IPv6 addresses unless they say it themselves. A server does not.";
    };
    usePredictableInterfaceNames = mkOption {
      type = types.nullOr types.bool;
      default = null;
      description = "Whether interfaces are named by where they are plugged in.";
    };
    interfaces = mkOption {
      type = types.attrsOf (types.submodule interface);
      default = { };
      description = "Interfaces by name.";
    };
    defaultGateway = maybe gatewayType "The IPv4 gateway.";
    defaultGateway6 = maybe gatewayType "The IPv6 gateway.";
    nameservers = list (types.strMatching "[^[:space:]]+") "Name servers.";
    search = list (types.strMatching "[^[:space:]]+") "Domains in which short names are looked for.";
    dhcpcd = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Accepted; DHCP is systemd-networkd's.";
      };
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        visible = false;
        description = "Accepted without effect.";
      };
      wait = mkOption {
        type = types.raw;
        default = null;
        visible = false;
        description = "Accepted without effect.";
      };
      denyInterfaces = mkOption {
        type = types.listOf types.str;
        default = [ ];
        visible = false;
        description = "Accepted without effect.";
      };
    };
  };

  config = {
    assertions =
      map (gateway: {
        assertion = interfaceOf gateway != null;
        message = "networking.defaultGateway${lib.optionalString (isIPv6 gateway.address) "6"} is ${gateway.address}, but no interface has a fixed address of its kind. Say which it is: ...interface = \"eth0\".";
      }) gateways
      ++ map (route: {
        assertion = route.unknown == [ ];
        message = "networking.interfaces.${route.name} has a route to ${route.address} with ${lib.concatStringsSep ", " route.unknown}, which systemd-networkd has no word for. It has: ${lib.concatStringsSep ", " (builtins.attrNames routeWords)}.";
      }) unknownOptions;

    boot.kernelParams = lib.mkIf (cfg.usePredictableInterfaceNames == false) [ "net.ifnames=0" ];
    boot.kernel.sysctl = lib.mkMerge [
      # Anybody may ping, with a program that has no rights of its own.
      { "net.ipv4.ping_group_range" = lib.mkDefault "0 2147483647"; }
      (lib.mkIf (!cfg.enableIPv6) {
        "net.ipv6.conf.all.disable_ipv6" = true;
        "net.ipv6.conf.default.disable_ipv6" = true;
      })
    ];

    systemd.network = {
      links = lib.mkMerge (
        map wakingLinks (builtins.filter (interface: interface.wakeOnLan.enable) interfaces)
      );
      networks = lib.mkMerge [
        (lib.mkMerge (map (interface: { "40-${interface.name}" = networkOf interface; }) interfaces))
        (lib.mkMerge (map gatewayNetwork (builtins.filter (gateway: interfaceOf gateway != null) gateways)))
        (lib.mkIf cfg.useDHCP {
          "80-dhcp" = {
            matchConfig = {
              Type = "ether";
              Kind = "!*";
            };
            networkConfig = {
              DHCP = true;
              IPv6PrivacyExtensions = false;
            };
            dhcpV4Config.UseHostname = lib.mkIf (cfg.hostName != "") false;
          };
        })
      ];
    };
  };
}
