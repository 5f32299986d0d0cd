# The firewall: what may come in. Always nftables; the table is loaded before the network is up.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking.firewall;

  ports = mkOption {
    type = types.listOf types.port;
    default = [ ];
    apply = list: lib.unique (builtins.sort builtins.lessThan list);
    description = "Ports that are open.";
  };
  range = types.submodule {
    options = {
      from = mkOption {
        type = types.port;
        description = "The first port.";
      };
      to = mkOption {
        type = types.port;
        description = "The last port.";
      };
    };
  };
  ranges = mkOption {
    type = types.listOf range;
    default = [ ];
    description = "Ranges of ports that are open.";
  };
  open = {
    allowedTCPPorts = ports;
    allowedTCPPortRanges = ranges;
    allowedUDPPorts = ports;
    allowedUDPPortRanges = ranges;
  };

  portSet =
    single: ranges:
    lib.concatStringsSep ", " (
      map toString single ++ map (range: "${toString range.from}-${toString range.to}") ranges
    );

  allow =
    prefix: protocol: single: ranges:
    lib.optionalString (single != [ ] || ranges != [ ]) "    ${prefix}${protocol} dport { ${portSet single ranges} } accept\n";

  allowOf =
    prefix: open:
    allow prefix "tcp" open.allowedTCPPorts open.allowedTCPPortRanges
    + allow prefix "udp" open.allowedUDPPorts open.allowedUDPPortRanges;

  icmp =
    if cfg.allowPing then
      let
        limit = lib.optionalString (cfg.pingLimit != null) "limit rate ${cfg.pingLimit} ";
      in
      ''
        icmp type echo-request ${limit}accept
        icmpv6 type echo-request ${limit}accept
      ''
    else
      "";

  indent = text: lib.concatMapStrings (line: lib.optionalString (line != "") "    ${line}\n") (lib.splitString "\n" text);

  refuse =
    lib.optionalString cfg.logRefusedConnections ''
      tcp flags & (fin | syn | rst | ack) == syn log level info prefix "refused connection: "
    ''
    + lib.optionalString cfg.logRefusedPackets ''
      log level info prefix "refused packet: "
    ''
    + lib.optionalString cfg.rejectPackets ''
      meta l4proto tcp reject with tcp reset
      reject
    '';

  reversePath =
    lib.optionalString (cfg.checkReversePath != false) ''
      chain rpfilter {
        type filter hook prerouting priority mangle + 10; policy drop;
        meta nfproto ipv4 udp sport . udp dport { 67 . 68, 68 . 67 } accept
        fib saddr . mark ${lib.optionalString (cfg.checkReversePath != "loose") ". iif "}oif exists accept
        ${indent cfg.extraReversePathFilterRules}
      }
    '';

  inputRules =
    "    ct state established,related accept\n"
    + "    ct state invalid drop\n"
    + "    iifname { ${lib.concatMapStringsSep ", " (name: "\"${name}\"") (lib.unique ([ "lo" ] ++ cfg.trustedInterfaces))} } accept\n"
    # Neighbour discovery, path MTU, errors: IPv6 does not work without them.
    + "    icmpv6 type != { nd-redirect, echo-request, 139 } accept\n"
    + "    icmp type { destination-unreachable, time-exceeded, parameter-problem } accept\n"
    + "    ip6 daddr fe80::/64 udp dport 546 accept\n"
    + "    udp sport 67 udp dport 68 accept\n"
    + indent icmp
    + allowOf "" cfg
    + lib.concatStrings (lib.mapAttrsToList (name: allowOf "iifname \"${name}\" ") cfg.interfaces)
    + indent cfg.extraInputRules
    + indent refuse;

  table = ''
    table inet nixos-fw {
    ${indent reversePath}
      chain input {
        type filter hook input priority filter; policy drop;
    ${inputRules}  }

      chain forward {
        type filter hook forward priority filter; policy ${if cfg.filterForward then "drop" else "accept"};
    ${lib.optionalString cfg.filterForward (
      indent ''
        ct state established,related accept
        ct state invalid drop
        ct status dnat accept
        ${cfg.extraForwardRules}
      ''
    )}  }
    }
  '';
in
{
  options.networking.firewall = open // {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether only what is allowed comes in.";
    };
    interfaces = mkOption {
      type = types.attrsOf (types.submodule { options = open; });
      default = { };
      description = "What is open on single interfaces.";
    };
    trustedInterfaces = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Interfaces from which everything comes in.";
    };
    allowPing = mkOption {
      type = types.bool;
      default = true;
      description = "Whether pings are answered.";
    };
    pingLimit = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "1/minute burst 5 packets";
      description = "How often.";
    };
    rejectPackets = mkOption {
      type = types.bool;
      default = false;
      description = "Whether refused packets are answered.";
    };
    logRefusedConnections = mkOption {
      type = types.bool;
      default = false;
      description = "Whether refused connections are logged.";
    };
    logRefusedPackets = mkOption {
      type = types.bool;
      default = false;
      description = "Whether refused packets are logged.";
    };
    logRefusedUnicastsOnly = mkOption {
      type = types.bool;
      default = true;
      visible = false;
      description = "Accepted without effect.";
    };
    logReversePathDrops = mkOption {
      type = types.bool;
      default = false;
      visible = false;
      description = "Accepted without effect.";
    };
    checkReversePath = mkOption {
      type = types.either types.bool (
        types.enum [
          "strict"
          "loose"
        ]
      );
      default = false;
      description = "Whether packets are dropped whose sender is not reached the way they came. The kernel's own check (sysctl rp_filter) is on in its loose mode.";
    };
    filterForward = mkOption {
      type = types.bool;
      default = false;
      description = "Whether forwarded packets are filtered.";
    };
    extraInputRules = mkOption {
      type = types.lines;
      default = "";
      example = "ip saddr 192.0.2.0/24 accept";
      description = "Further rules of nftables for what comes in.";
    };
    extraForwardRules = mkOption {
      type = types.lines;
      default = "";
      description = "Further rules for what is forwarded.";
    };
    extraReversePathFilterRules = mkOption {
      type = types.lines;
      default = "";
      description = "Further rules for the check of the way back.";
    };
    autoLoadConntrackHelpers = mkOption {
      type = types.bool;
      default = false;
      visible = false;
      description = "Not supported.";
    };
    package = mkOption {
      type = types.raw;
      default = null;
      visible = false;
      description = "Accepted; the firewall is nftables'.";
    };
  };

  config = lib.mkIf cfg.enable {
    networking.nftables = {
      enable = true;
      ruleset = lib.mkBefore table;
    };
  };
}
