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
          type = types.str;
          description = "The IPv${toString version} address.";
        };
        prefixLength = mkOption {
          type = types.addCheck types.int (length: length >= 0 && length <= bits);
          description = "How many bits name the network.";
        };
      };
    };

  route = types.submodule {
    options = {
      address = mkOption {
        type = types.str;
        description = "The network.";
      };
      prefixLength = mkOption {
        type = types.int;
        description = "How many bits name the network.";
      };
      type = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "Kind of the route.";
      };
      via = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "The next hop.";
      };
      options = mkOption {
        type = types.attrsOf types.str;
        default = { };
        description = "Further settings of the route.";
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

  interface =
    { name, ... }:
    {
      imports = [
        (lib.mkAliasOptionModule [ "ip4" ] [ "ipv4" "addresses" ])
        (lib.mkAliasOptionModule [ "ip6" ] [ "ipv6" "addresses" ])
      ];
      options = {
        name = mkOption {
          type = types.str;
          default = name;
          description = "Name of the interface.";
        };
        useDHCP = maybe types.bool "Whether addresses come from DHCP.";
        ipv4.addresses = list (address 4 32) "IPv4 addresses.";
        ipv4.routes = list route "IPv4 routes.";
        ipv6.addresses = list (address 6 128) "IPv6 addresses.";
        ipv6.routes = list route "IPv6 routes.";
        macAddress = maybe types.str "Hardware address.";
        mtu = maybe types.int "Largest packet.";
        wakeOnLan.enable = mkOption {
          type = types.bool;
          default = false;
          description = "Whether a packet wakes the machine.";
        };
        virtual = mkOption {
          type = types.bool;
          default = false;
          description = "Whether it is a virtual device.";
        };
        virtualType = maybe types.str "Kind of the virtual device.";
        virtualOwner = mkOption {
          type = types.str;
          default = "root";
          description = "Who may use the virtual device.";
        };
        tempAddress = maybe types.str "Whether temporary addresses are used.";
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
          type = types.str;
          description = "Address of the gateway.";
        };
        interface = maybe types.str "Interface to the gateway.";
        metric = maybe types.int "Metric of the route.";
        source = maybe types.str "Source address.";
      };
    }
  );

  cidr = entry: "${entry.address}/${toString entry.prefixLength}";

  gateways = builtins.filter (gateway: gateway != null) [
    cfg.defaultGateway
    cfg.defaultGateway6
  ];

  # A gateway belongs to the interface it names, or else to the first with fixed addresses.
  fixed = builtins.filter (
    interface: interface.ipv4.addresses != [ ] || interface.ipv6.addresses != [ ]
  ) (builtins.attrValues cfg.interfaces);
  gatewaysOf =
    interface:
    builtins.filter (
      gateway:
      if gateway.interface != null then
        gateway.interface == interface.name
      else
        fixed != [ ] && (builtins.head fixed).name == interface.name
    ) gateways;

  routeOf = entry: {
    Destination = cidr entry;
    Gateway = entry.via;
    Type = entry.type;
  };

  networkOf =
    interface:
    let
      dhcp = if interface.useDHCP == null then cfg.useDHCP && interface.ipv4.addresses == [ ] else interface.useDHCP;
    in
    {
      matchConfig.Name = interface.name;
      networkConfig = {
        DHCP = dhcp;
        IPv6PrivacyExtensions = false;
        IPv6AcceptRA = lib.mkIf (!cfg.enableIPv6) false;
        LinkLocalAddressing = lib.mkIf (!cfg.enableIPv6) "no";
        IPv4ProxyARP = lib.mkIf interface.proxyARP true;
      };
      address = map cidr (interface.ipv4.addresses ++ interface.ipv6.addresses);
      routes =
        map routeOf (interface.ipv4.routes ++ interface.ipv6.routes)
        ++ map (gateway: {
          Gateway = gateway.address;
          GatewayOnLink = true;
          Metric = gateway.metric;
          PreferredSource = gateway.source;
        }) (gatewaysOf interface);
      linkConfig =
        lib.optionalAttrs (interface.mtu != null) { MTUBytes = toString interface.mtu; }
        // lib.optionalAttrs (interface.macAddress != null) { MACAddress = interface.macAddress; };
    };

  members =
    description: option:
    mkOption {
      type = types.attrsOf (types.submodule { options = option; });
      default = { };
      inherit description;
    };

  enslaved =
    word: devices:
    lib.mkMerge (
      lib.mapAttrsToList (
        device: settings:
        builtins.listToAttrs (
          map (
            name:
            lib.nameValuePair "40-${name}" {
              matchConfig.Name = name;
              networkConfig.${word} = device;
            }
          ) settings.interfaces
        )
      ) devices
    );
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "networking" "tempAddresses" ] [ "networking" "ipv6PrivacyExtensions" ])
  ];

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
    ipv6PrivacyExtensions = mkOption {
      type = types.str;
      default = "disabled";
      visible = false;
      description = "Accepted; servers have no temporary addresses.";
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
    nameservers = list types.str "Name servers.";
    search = list types.str "Domains in which short names are looked for.";
    vlans = members "Virtual networks." {
      id = mkOption {
        type = types.int;
        description = "Number of the network.";
      };
      interface = mkOption {
        type = types.str;
        description = "The interface below.";
      };
    };
    bridges = members "Bridges." {
      interfaces = list types.str "Interfaces of the bridge.";
      rstp = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the spanning tree protocol is used.";
      };
    };
    bonds = members "Bonds." {
      interfaces = list types.str "Interfaces of the bond.";
      driverOptions = mkOption {
        type = types.attrsOf types.str;
        default = { };
        description = "Settings of the bond; `mode` and `miimon` are used.";
      };
    };
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
      networks = lib.mkMerge [
        (lib.mapAttrs' (name: interface: lib.nameValuePair "40-${name}" (networkOf interface)) cfg.interfaces)
        (enslaved "Bridge" cfg.bridges)
        (enslaved "Bond" cfg.bonds)
        (lib.mkMerge (
          lib.mapAttrsToList (name: vlan: {
            "40-${vlan.interface}" = {
              matchConfig.Name = vlan.interface;
              vlan = [ name ];
            };
          }) cfg.vlans
        ))
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
      netdevs =
        lib.mapAttrs' (
          name: vlan:
          lib.nameValuePair "40-${name}" {
            netdevConfig = {
              Name = name;
              Kind = "vlan";
            };
            vlanConfig.Id = vlan.id;
          }
        ) cfg.vlans
        // lib.mapAttrs' (
          name: bridge:
          lib.nameValuePair "40-${name}" {
            netdevConfig = {
              Name = name;
              Kind = "bridge";
            };
            bridgeConfig.STP = bridge.rstp;
          }
        ) cfg.bridges
        // lib.mapAttrs' (
          name: bond:
          lib.nameValuePair "40-${name}" {
            netdevConfig = {
              Name = name;
              Kind = "bond";
            };
            bondConfig =
              lib.optionalAttrs (bond.driverOptions ? mode) { Mode = bond.driverOptions.mode; }
              // lib.optionalAttrs (bond.driverOptions ? miimon) {
                MIIMonitorSec = "${bond.driverOptions.miimon}ms";
              };
          }
        ) cfg.bonds;
    };
  };
}
