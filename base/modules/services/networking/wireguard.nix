# Tunnels of WireGuard, carried out by systemd-networkd. Keys are files of the state partition, never part of an image.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking.wireguard;

  peer = types.submodule {
    options = {
      name = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "Name, for people.";
      };
      publicKey = mkOption {
        type = types.str;
        description = "Public key.";
      };
      presharedKey = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "Not supported: it would be in the image. Use presharedKeyFile.";
      };
      presharedKeyFile = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "File with a shared key.";
      };
      allowedIPs = mkOption {
        type = types.listOf types.str;
        description = "Addresses behind the peer.";
      };
      endpoint = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "Address and port of the peer.";
      };
      persistentKeepalive = mkOption {
        type = types.nullOr types.int;
        default = null;
        description = "Seconds between packets that keep the way open.";
      };
      dynamicEndpointRefreshSeconds = mkOption {
        type = types.int;
        default = 0;
        visible = false;
        description = "Accepted without effect.";
      };
    };
  };

  interface =
    { name, ... }:
    {
      options = {
        ips = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Addresses of this machine.";
        };
        privateKey = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "Not supported: it would be in the image. Use privateKeyFile.";
        };
        privateKeyFile = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "File with the private key.";
        };
        generatePrivateKeyFile = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the file is made if there is none.";
        };
        listenPort = mkOption {
          type = types.nullOr types.port;
          default = null;
          description = "Port that is listened on.";
        };
        mtu = mkOption {
          type = types.nullOr types.int;
          default = null;
          description = "Largest packet.";
        };
        table = mkOption {
          type = types.str;
          default = "main";
          description = "Table of routes.";
        };
        allowedIPsAsRoutes = mkOption {
          type = types.bool;
          default = true;
          description = "Whether there are routes to what is behind peers.";
        };
        peers = mkOption {
          type = types.listOf peer;
          default = [ ];
          description = "Peers.";
        };
      };
    };

  keyFile =
    name: interface:
    if interface.privateKeyFile != null then interface.privateKeyFile else "/var/lib/wireguard/${name}.key";

  peerSection =
    interface: peer:
    lib.filterAttrs (_: value: value != null) {
      PublicKey = peer.publicKey;
      PresharedKeyFile = peer.presharedKeyFile;
      AllowedIPs = lib.concatStringsSep "," peer.allowedIPs;
      Endpoint = peer.endpoint;
      PersistentKeepalive = peer.persistentKeepalive;
      RouteTable = if interface.allowedIPsAsRoutes then interface.table else null;
    };
  generated = lib.filterAttrs (_: interface: interface.generatePrivateKeyFile) cfg.interfaces;
in
{
  options.networking.wireguard = {
    enable = mkOption {
      type = types.bool;
      default = cfg.interfaces != { };
      defaultText = lib.literalExpression "config.networking.wireguard.interfaces != { }";
      description = "Whether there are tunnels.";
    };
    useNetworkd = mkOption {
      type = types.bool;
      default = true;
      description = "Accepted; tunnels are always systemd-networkd's.";
    };
    interfaces = mkOption {
      type = types.attrsOf (types.submodule interface);
      default = { };
      description = "Tunnels by name.";
    };
  };

  config = lib.mkIf (cfg.interfaces != { }) {
    assertions = lib.concatLists (
      lib.mapAttrsToList (
        name: interface:
        [
          {
            assertion = interface.privateKey == null;
            message = "networking.wireguard.interfaces.${name}.privateKey would be in the image; use privateKeyFile.";
          }
        ]
        ++ map (peer: {
          assertion = peer.presharedKey == null;
          message = "networking.wireguard.interfaces.${name}: presharedKey would be in the image; use presharedKeyFile.";
        }) interface.peers
      ) cfg.interfaces
    );
    image.debianPackages = [ "wireguard-tools" ];

    systemd.network.netdevs = lib.mapAttrs' (
      name: interface:
      lib.nameValuePair "40-${name}" {
        netdevConfig = {
          Name = name;
          Kind = "wireguard";
          MTUBytes = interface.mtu;
        };
        wireguardConfig = {
          PrivateKeyFile = keyFile name interface;
          ListenPort = interface.listenPort;
        };
        wireguardPeers = map (peerSection interface) interface.peers;
      }
    ) cfg.interfaces;
    systemd.network.networks = lib.mapAttrs' (
      name: interface:
      lib.nameValuePair "40-${name}" {
        matchConfig.Name = name;
        address = interface.ips;
      }
    ) cfg.interfaces;

    systemd.services = lib.mapAttrs' (
      name: interface:
      lib.nameValuePair "wireguard-${name}-key" {
        description = "Make the private key of the tunnel ${name}";
        wantedBy = [ "systemd-networkd.service" ];
        before = [ "systemd-networkd.service" ];
        unitConfig = {
          DefaultDependencies = false;
          ConditionPathExists = "!${keyFile name interface}";
          RequiresMountsFor = builtins.dirOf (keyFile name interface);
        };
        serviceConfig.Type = "oneshot";
        script = ''
          umask 0027
          mkdir -p ${builtins.dirOf (keyFile name interface)}
          wg genkey > ${keyFile name interface}
          chgrp systemd-network ${builtins.dirOf (keyFile name interface)} ${keyFile name interface}
        '';
      }
    ) generated;
  };
}
