# `systemd.network`: links, virtual devices and networks of systemd-networkd.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.systemd.network;

  value = types.oneOf [
    types.bool
    types.int
    types.singleLineStr
  ];
  settings = types.attrsOf (types.nullOr (types.either value (types.listOf value)));

  # An older spelling has the settings of a section one level deeper.
  isNested =
    entry: lib.any (value: builtins.isAttrs value && !(value ? _type) && !lib.isDerivation value) (builtins.attrValues entry);

  section = mkOption {
    type = settings;
    default = { };
    description = "Settings of the section.";
  };

  # Sections by the option that holds them. Those of `several` may come any number of times.
  single = {
    matchConfig = "Match";
    linkConfig = "Link";
    networkConfig = "Network";
    dhcpConfig = "DHCPv4";
    dhcpV4Config = "DHCPv4";
    dhcpV6Config = "DHCPv6";
    dhcpPrefixDelegationConfig = "DHCPPrefixDelegation";
    ipv6AcceptRAConfig = "IPv6AcceptRA";
    ipv6SendRAConfig = "IPv6SendRA";
    dhcpServerConfig = "DHCPServer";
    bridgeConfig = "Bridge";
    canConfig = "CAN";
    netdevConfig = "NetDev";
    vlanConfig = "VLAN";
    macvlanConfig = "MACVLAN";
    ipvlanConfig = "IPVLAN";
    vxlanConfig = "VXLAN";
    tunnelConfig = "Tunnel";
    fooOverUDPConfig = "FooOverUDP";
    peerConfig = "Peer";
    tunConfig = "Tun";
    tapConfig = "Tap";
    wireguardConfig = "WireGuard";
    bondConfig = "Bond";
    xfrmConfig = "Xfrm";
    vrfConfig = "VRF";
    batmanAdvancedConfig = "BatmanAdvanced";
    geneveConfig = "GENEVE";
    l2tpConfig = "L2TP";
  };
  several = {
    addresses = {
      name = "Address";
      nested = "addressConfig";
    };
    routes = {
      name = "Route";
      nested = "routeConfig";
    };
    routingPolicyRules = {
      name = "RoutingPolicyRule";
      nested = "routingPolicyRuleConfig";
    };
    neighbors = {
      name = "Neighbor";
      nested = "neighborConfig";
    };
    dhcpServerStaticLeases = {
      name = "DHCPServerStaticLease";
      nested = "dhcpServerStaticLeaseConfig";
    };
    ipv6Prefixes = {
      name = "IPv6Prefix";
      nested = "ipv6PrefixConfig";
    };
    ipv6RoutePrefixes = {
      name = "IPv6RoutePrefix";
      nested = "ipv6RoutePrefixConfig";
    };
    bridgeFDBs = {
      name = "BridgeFDB";
      nested = "bridgeFDBConfig";
    };
    bridgeVLANs = {
      name = "BridgeVLAN";
      nested = "bridgeVLANConfig";
    };
    wireguardPeers = {
      name = "WireGuardPeer";
      nested = "wireguardPeerConfig";
    };
    l2tpSessions = {
      name = "L2TPSession";
      nested = "l2tpSessionConfig";
    };
  };
  # Lists that stand for lines of the section [Network].
  words = {
    address = "Address";
    gateway = "Gateway";
    dns = "DNS";
    ntp = "NTP";
    bridge = "Bridge";
    bond = "Bond";
    vrf = "VRF";
    vlan = "VLAN";
    macvlan = "MACVLAN";
    ipvlan = "IPVLAN";
    vxlan = "VXLAN";
    tunnel = "Tunnel";
    xfrm = "Xfrm";
    domains = "Domains";
  };

  unit = types.submodule {
    options = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the file is there.";
      };
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        description = "Further lines.";
      };
      name = mkOption {
        type = types.nullOr types.singleLineStr;
        default = null;
        description = "Name of the device, for [Match].";
      };
      DHCP = mkOption {
        type = types.nullOr (types.oneOf [ types.bool types.singleLineStr ]);
        default = null;
        description = "Whether addresses come from DHCP.";
      };
    }
    // lib.mapAttrs (_: _: section) single
    // lib.mapAttrs (
      _: _:
      mkOption {
        type = types.listOf (types.either (types.addCheck settings (entry: !isNested entry)) (types.attrsOf settings));
        default = [ ];
        description = "Sections of this name.";
      }
    ) several
    // lib.mapAttrs (
      _: _:
      mkOption {
        type = types.coercedTo types.singleLineStr (word: [ word ]) (types.nullOr (types.listOf types.singleLineStr));
        default = [ ];
        description = "Values of the section [Network].";
      }
    ) words;
  };

  text = value: if builtins.isBool value then lib.boolToYesNo value else toString value;
  line = name: value: "${name}=${text value}\n";
  lines =
    name: value: if value == null then "" else lib.concatMapStrings (line name) (lib.toList value);
  sectionText =
    name: settings:
    if settings == { } then "" else "[${name}]\n${lib.concatStrings (lib.mapAttrsToList lines settings)}\n";

  withShortcuts =
    unit:
    unit
    // {
      matchConfig = unit.matchConfig // lib.optionalAttrs (unit.name != null) { Name = unit.name; };
      networkConfig =
        unit.networkConfig
        // lib.optionalAttrs (unit.DHCP != null) { inherit (unit) DHCP; }
        // lib.concatMapAttrs (
          option: name:
          lib.optionalAttrs (unit.${option} != null && unit.${option} != [ ]) {
            ${name} = lib.toList (unit.networkConfig.${name} or [ ]) ++ unit.${option};
          }
        ) words;
    };

  unitText =
    raw:
    let
      unit = withShortcuts raw;
    in
    lib.concatStrings (
      # [Match] and [NetDev] stand first for those who read the file.
      [
        (sectionText "Match" unit.matchConfig)
        (sectionText "NetDev" unit.netdevConfig)
      ]
      ++ lib.mapAttrsToList (option: name: sectionText name unit.${option}) (
        removeAttrs single [
          "matchConfig"
          "netdevConfig"
        ]
      )
      ++ lib.concatLists (
        lib.mapAttrsToList (
          option: described:
          map (entry: sectionText described.name (entry.${described.nested} or entry)) unit.${option}
        ) several
      )
    )
    + unit.extraConfig;

  files =
    extension: units:
    lib.mapAttrs' (
      name: unit:
      lib.nameValuePair "systemd/network/${name}.${extension}" {
        text = unitText unit;
        # Keys of tunnels may stand in them.
        mode = "0640";
        group = "systemd-network";
      }
    ) (lib.filterAttrs (_: unit: unit.enable) units);

  units =
    description:
    mkOption {
      type = types.attrsOf unit;
      default = { };
      inherit description;
    };
in
{
  options.systemd.network = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether systemd-networkd runs.";
    };
    links = units "Settings of physical devices.";
    netdevs = units "Virtual devices.";
    networks = units "Networks.";
    config = {
      networkConfig = section;
      dhcpV4Config = section;
      dhcpV6Config = section;
    };
    wait-online = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether network-online.target waits until a network is configured.";
      };
      anyInterface = mkOption {
        type = types.bool;
        default = true;
        description = "Whether one network is enough.";
      };
      timeout = mkOption {
        type = types.ints.unsigned;
        default = 120;
        description = "Seconds to wait; 0 means for ever.";
      };
      ignoredInterfaces = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Devices that are not waited for.";
      };
      extraArgs = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Further arguments.";
      };
    };
  };

  config = lib.mkIf cfg.enable {
    image.root.enableUnits = [ "systemd-networkd.service" ];
    image.root.maskUnits = lib.optional (!cfg.wait-online.enable) "systemd-networkd-wait-online.service";

    systemd.services.systemd-networkd-wait-online = lib.mkIf cfg.wait-online.enable {
      overrideStrategy = "asDropin";
      wantedBy = [ "network-online.target" ];
      serviceConfig.ExecStart = [
        ""
        (lib.concatStringsSep " " (
          [
            "/usr/lib/systemd/systemd-networkd-wait-online"
            "--timeout=${toString cfg.wait-online.timeout}"
          ]
          ++ lib.optional cfg.wait-online.anyInterface "--any"
          ++ map (name: "--ignore=${name}") cfg.wait-online.ignoredInterfaces
          ++ cfg.wait-online.extraArgs
        ))
      ];
    };

    environment.etc = {
      "systemd/networkd.conf".text =
        sectionText "Network" cfg.config.networkConfig
        + sectionText "DHCPv4" cfg.config.dhcpV4Config
        + sectionText "DHCPv6" cfg.config.dhcpV6Config;
    }
    // files "link" cfg.links
    // files "netdev" cfg.netdevs
    // files "network" cfg.networks;
  };
}
