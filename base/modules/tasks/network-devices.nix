# Devices that are made of others: bonds, bridges, VLANs, tunnels. What networkd has a word for is written, and what it
# has none for is refused.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking;

  line = types.singleLineStr;
  maybe =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
  list =
    description:
    mkOption {
      type = types.listOf line;
      default = [ ];
      inherit description;
    };
  interfaceBelow = mkOption {
    type = line;
    description = "The interface below.";
  };
  devices =
    description: options:
    mkOption {
      type = types.attrsOf (types.submodule { inherit options; });
      default = { };
      inherit description;
    };

  given = lib.filterAttrs (_: value: value != null);

  # What the kernel's driver calls a setting of a bond, and networkd's word for it.
  bondWords = import ./bond-words.nix { inherit lib; };
  unknownOf = bond: builtins.attrNames (removeAttrs bond.driverOptions (builtins.attrNames bondWords ++ [ "primary" ]));

  # The options of a bond that have names of their own are older than `driverOptions`.
  driverOptionsOf = bond: given { inherit (bond) lacp_rate miimon mode xmit_hash_policy; } // bond.driverOptions;
  bondConfig =
    bond:
    lib.mapAttrs' (
      name: value: lib.nameValuePair bondWords.${name}.word (bondWords.${name}.write (toString value))
    ) (builtins.intersectAttrs bondWords (driverOptionsOf bond));

  encapsulation = maybe (types.submodule {
    options = {
      type = mkOption {
        type = types.enum [
          "fou"
          "gue"
        ];
        description = "Kind of the packets around it.";
      };
      port = mkOption {
        type = types.port;
        description = "Port of the other end.";
      };
      sourcePort = maybe types.port "Port of this end.";
    };
  }) "UDP packets that the tunnel is put into.";
  encapsulationConfig =
    wrapped:
    lib.optionalAttrs (wrapped != null) (
      given {
        FooOverUDP = true;
        Encapsulation = if wrapped.type == "fou" then "FooOverUDP" else "GenericUDPEncapsulation";
        FOUDestinationPort = wrapped.port;
        FOUSourcePort = wrapped.sourcePort;
      }
    );

  tunnel = {
    remote = maybe line "Address of the other end.";
    local = maybe line "Address of this end.";
    ttl = maybe types.int "How many hops a packet may take.";
    dev = maybe line "The interface below.";
  };
  tunnelConfig = settings: given {
    Remote = settings.remote;
    # Without a word for it networkd asks that an end is known.
    Local = if settings.local == null then "any" else settings.local;
    TTL = settings.ttl;
    Independent = if settings.dev == null then true else null;
  };

  greKinds = {
    tun = "gre";
    tap = "gretap";
    tun6 = "ip6gre";
    tap6 = "ip6gretap";
  };

  netdev = name: kind: sections: {
    "40-${name}" = {
      netdevConfig = {
        Name = name;
        Kind = kind;
      };
    }
    // sections;
  };

  virtualKind =
    interface:
    if interface.virtualType != null then
      interface.virtualType
    else if lib.hasPrefix "tun" interface.name then
      "tun"
    else
      "tap";

  network = import ./network-of.nix {
    inherit lib;
    inherit (cfg) useDHCP;
  };

  # What becomes part of another device has no addresses of its own.
  member =
    word: device: settings:
    map (
      name:
      network name {
        networkConfig = {
          ${word} = device;
          DHCP = lib.mkForce false;
          PrimarySlave = lib.mkIf (word == "Bond" && settings.driverOptions.primary or null == name) true;
        };
      }
    ) settings.interfaces;

  on = word: below: devices: lib.mapAttrsToList (name: device: network device.${below} { ${word} = [ name ]; }) devices;
  withInterface = lib.filterAttrs (_: device: device.dev != null);
in
{
  options.networking = {
    vlans = devices "Virtual networks." {
      id = mkOption {
        type = types.ints.between 0 4094;
        description = "Number of the network.";
      };
      interface = interfaceBelow;
    };
    macvlans = devices "Devices with an address of their own on another." {
      interface = interfaceBelow;
      mode = maybe (types.enum [
        "bridge"
        "passthru"
        "private"
        "source"
        "vepa"
      ]) "What they see of one another.";
    };
    bridges = devices "Bridges." {
      interfaces = list "Interfaces of the bridge.";
      rstp = mkOption {
        type = types.bool;
        default = false;
        description = "Not supported: neither the kernel nor systemd-networkd has the rapid spanning tree protocol.";
      };
    };
    bonds = devices "Bonds." {
      interfaces = list "Interfaces of the bond.";
      driverOptions = mkOption {
        type = types.attrsOf line;
        default = { };
        example = {
          mode = "802.3ad";
          miimon = "100";
        };
        description = "Settings of the bond, by the names of the kernel's driver.";
      };
      lacp_rate = maybe line "The same as driverOptions.lacp_rate.";
      miimon = maybe types.int "The same as driverOptions.miimon.";
      mode = maybe line "The same as driverOptions.mode.";
      xmit_hash_policy = maybe line "The same as driverOptions.xmit_hash_policy.";
    };
    fooOverUDP = devices "Receivers of packets wrapped in UDP." {
      port = mkOption {
        type = types.port;
        description = "Port that is listened on.";
      };
      protocol = maybe (types.ints.between 1 255) "Number of the protocol inside; a header says it unless it is given.";
      local = maybe types.raw "Not supported: systemd-networkd cannot wait for the address.";
    };
    sits = devices "Tunnels of IPv6 in IPv4." (tunnel // { inherit encapsulation; });
    ipips = devices "Tunnels of IPv4 in IPv4." (tunnel // { inherit encapsulation; });
    greTunnels = devices "Tunnels with generic headers." (
      tunnel
      // {
        type = mkOption {
          type = types.enum (builtins.attrNames greKinds);
          default = "tap";
          apply = kind: greKinds.${kind};
          description = "What is inside and outside: packets (tun) or frames (tap), over IPv4 or, with a 6, over IPv6.";
        };
      }
    );
  };

  config = {
    assertions =
      lib.mapAttrsToList (name: bridge: {
        assertion = !bridge.rstp;
        message = "networking.bridges.${name}.rstp is not supported: neither the kernel nor systemd-networkd has the rapid spanning tree protocol. Leave it out, or write systemd.network.netdevs.\"40-${name}\".bridgeConfig.STP = true for the plain one.";
      }) cfg.bridges
      ++ lib.mapAttrsToList (name: bond: {
        assertion = unknownOf bond == [ ];
        message = "networking.bonds.${name}.driverOptions has ${lib.concatStringsSep ", " (unknownOf bond)}, which systemd-networkd has no word for. It has: ${lib.concatStringsSep ", " (builtins.attrNames bondWords)}, primary.";
      }) cfg.bonds
      ++ lib.mapAttrsToList (name: bond: {
        assertion = !(bond.driverOptions ? primary) || builtins.elem bond.driverOptions.primary bond.interfaces;
        message = "networking.bonds.${name}.driverOptions.primary is ${bond.driverOptions.primary or ""}, which is none of its interfaces. Name one of: ${lib.concatStringsSep ", " bond.interfaces}.";
      }) cfg.bonds
      ++ lib.mapAttrsToList (name: receiver: {
        assertion = receiver.local == null;
        message = "networking.fooOverUDP.${name}.local is not supported: systemd-networkd cannot wait for the address. Leave it out; all addresses are listened on.";
      }) cfg.fooOverUDP;

    systemd.network = {
      networks = lib.mkMerge (
        lib.concatLists (lib.mapAttrsToList (member "Bridge") cfg.bridges)
        ++ lib.concatLists (lib.mapAttrsToList (member "Bond") cfg.bonds)
        ++ on "vlan" "interface" cfg.vlans
        ++ on "macvlan" "interface" cfg.macvlans
        ++ on "tunnel" "dev" (withInterface cfg.sits)
        ++ on "tunnel" "dev" (withInterface cfg.ipips)
        ++ on "tunnel" "dev" (withInterface cfg.greTunnels)
      );
      netdevs = lib.mkMerge (
        lib.mapAttrsToList (name: vlan: netdev name "vlan" { vlanConfig.Id = vlan.id; }) cfg.vlans
        ++ lib.mapAttrsToList (name: device: netdev name "macvlan" { macvlanConfig.Mode = device.mode; }) cfg.macvlans
        ++ lib.mapAttrsToList (name: _: netdev name "bridge" { }) cfg.bridges
        ++ lib.mapAttrsToList (name: bond: netdev name "bond" { bondConfig = bondConfig bond; }) cfg.bonds
        ++ lib.mapAttrsToList (
          name: receiver:
          netdev name "fou" {
            fooOverUDPConfig = {
              Port = receiver.port;
              Encapsulation = if receiver.protocol == null then "GenericUDPEncapsulation" else "FooOverUDP";
              Protocol = receiver.protocol;
            };
          }
        ) cfg.fooOverUDP
        ++ lib.mapAttrsToList (
          name: sit: netdev name "sit" { tunnelConfig = tunnelConfig sit // encapsulationConfig sit.encapsulation; }
        ) cfg.sits
        ++ lib.mapAttrsToList (
          name: device:
          netdev name "ipip" { tunnelConfig = tunnelConfig device // encapsulationConfig device.encapsulation; }
        ) cfg.ipips
        ++ lib.mapAttrsToList (name: gre: netdev name gre.type { tunnelConfig = tunnelConfig gre; }) cfg.greTunnels
        ++ map (
          interface: netdev interface.name (virtualKind interface) { "${virtualKind interface}Config".User = interface.virtualOwner; }
        ) (builtins.filter (interface: interface.virtual) (builtins.attrValues cfg.interfaces))
      );
    };
  };
}
