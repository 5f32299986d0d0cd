# Address translation: machines behind this one reach the outside.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking.nat;

  forward = types.submodule {
    options = {
      sourcePort = mkOption {
        type = types.either types.int types.str;
        description = "Port, or range of ports.";
      };
      destination = mkOption {
        type = types.str;
        description = "Address and port behind this machine.";
      };
      proto = mkOption {
        type = types.str;
        default = "tcp";
        description = "Protocol.";
      };
      loopbackIPs = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Accepted without effect.";
      };
    };
  };

  names = list: "{ ${lib.concatMapStringsSep ", " (name: "\"${name}\"") list} }";
  out = lib.optionalString (cfg.externalInterface != null) "oifname \"${cfg.externalInterface}\" ";
  into = lib.optionalString (cfg.externalInterface != null) "iifname \"${cfg.externalInterface}\" ";
  translate = address: if address == null then "masquerade" else "snat to ${address}";

  port = value: builtins.replaceStrings [ ":" ] [ "-" ] (toString value);

  rules =
    family: address: ips: forwards: ''
      chain pre {
        type nat hook prerouting priority dstnat;
      ${lib.concatMapStrings (
        forward: "  ${into}${forward.proto} dport ${port forward.sourcePort} dnat ${
          if family == "ipv4" then "ip" else "ip6"
        } to ${forward.destination}\n"
      ) forwards}}
      chain post {
        type nat hook postrouting priority srcnat;
      ${lib.optionalString (
        cfg.internalInterfaces != [ ]
      ) "  iifname ${names cfg.internalInterfaces} ${out}${translate address}\n"}${
        lib.optionalString (ips != [ ]) "  ${if family == "ipv4" then "ip" else "ip6"} saddr { ${lib.concatStringsSep ", " ips} } ${out}${translate address}\n"
      }}
    '';
in
{
  options.networking.nat = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether addresses are translated.";
    };
    enableIPv6 = mkOption {
      type = types.bool;
      default = false;
      description = "Whether IPv6 addresses are translated as well.";
    };
    internalInterfaces = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Interfaces to the machines behind.";
    };
    internalIPs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Networks of the machines behind.";
    };
    internalIPv6s = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "IPv6 networks of the machines behind.";
    };
    externalInterface = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Interface to the outside.";
    };
    externalIP = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Address that stands for those behind.";
    };
    externalIPv6 = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "IPv6 address that stands for those behind.";
    };
    forwardPorts = mkOption {
      type = types.listOf forward;
      default = [ ];
      description = "Ports that lead to machines behind.";
    };
    dmzHost = mkOption {
      type = types.nullOr types.str;
      default = null;
      visible = false;
      description = "Not supported.";
    };
  };

  config = lib.mkIf cfg.enable {
    boot.kernel.sysctl = {
      "net.ipv4.conf.all.forwarding" = lib.mkOverride 99 true;
      "net.ipv4.conf.default.forwarding" = lib.mkOverride 99 true;
    }
    // lib.optionalAttrs cfg.enableIPv6 {
      "net.ipv6.conf.all.forwarding" = lib.mkOverride 99 true;
      "net.ipv6.conf.default.forwarding" = lib.mkOverride 99 true;
    };
    networking.nftables = {
      enable = true;
      tables = {
        nixos-nat = {
          family = "ip";
          content = rules "ipv4" cfg.externalIP cfg.internalIPs (
            builtins.filter (forward: !lib.hasPrefix "[" forward.destination) cfg.forwardPorts
          );
        };
        nixos-nat6 = {
          enable = cfg.enableIPv6;
          family = "ip6";
          content = rules "ipv6" cfg.externalIPv6 cfg.internalIPv6s (
            builtins.filter (forward: lib.hasPrefix "[" forward.destination) cfg.forwardPorts
          );
        };
      };
    };
  };
}
