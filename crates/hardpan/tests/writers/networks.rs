//! `networking.*` in the words of systemd-networkd.

use std::path::Path;

use crate::{ETC, evaluate, is_refused, objections, readers};

const MACHINE: &str = r#"
{ networking = {
    interfaces.eth0 = {
      ipv4.addresses = [ { address = "10.0.0.2"; prefixLength = 24; } ];
      ipv6.addresses = [ { address = "fd00::2"; prefixLength = 64; } ];
      ipv4.routes = [
        { address = "10.1.0.0"; prefixLength = 16; via = "10.0.0.9"; type = "unicast";
          options = {
            metric = "50"; mtu = "1300"; scope = "link"; src = "10.0.0.2"; table = "100"; onlink = "";
            rto_min = "200"; initcwnd = "20"; protocol = "static"; quickack = "1";
          };
        }
        { address = "10.9.0.0"; prefixLength = 16; type = "blackhole"; }
      ];
      ipv6.routes = [ { address = "fd01::"; prefixLength = 48; via = "fd00::1"; options.pref = "high"; } ];
      wakeOnLan.enable = true; mtu = 1400; macAddress = "02:00:00:00:00:01"; proxyARP = true; tempAddress = "enabled";
    };
    interfaces.tun7 = { virtual = true; virtualOwner = "admin"; };
    interfaces.other = { name = "eth9"; useDHCP = false; };
    defaultGateway = { address = "10.0.0.1"; metric = 7; source = "10.0.0.2"; };
    defaultGateway6 = { address = "fe80::1"; interface = "eth5"; };
    bonds.bond0 = {
      interfaces = [ "eth1" "eth2" ];
      driverOptions = {
        mode = "active-backup"; miimon = "100"; primary = "eth2"; arp_ip_target = "10.0.0.1,10.0.0.3"; lp_interval = "3";
      };
    };
    bridges.br0.interfaces = [ "eth3" ];
    vlans.v9 = { id = 9; interface = "eth4"; };
    macvlans.mv = { interface = "eth0"; mode = "bridge"; };
    sits.he = {
      remote = "192.0.2.1"; local = "10.0.0.2"; ttl = 64; dev = "eth0";
      encapsulation = { type = "gue"; port = 9001; sourcePort = 9002; };
    };
    ipips.ip.remote = "192.0.2.1";
    greTunnels.gre = { remote = "fd00::9"; local = "fd00::2"; type = "tap6"; dev = "eth0"; ttl = 7; };
    fooOverUDP.fou = { port = 9001; protocol = 47; };
  };
}
"#;

/// Parts of files, as they stand in them.
const EXPECTED: [(&str, &str); 28] = [
    (
        "40-eth0.network",
        "[Link]\nMACAddress=02:00:00:00:00:01\nMTUBytes=1400\n",
    ),
    (
        "40-eth0.network",
        "Address=10.0.0.2/24\nAddress=fd00::2/64\nDHCP=no\nIPv4ProxyARP=yes\nIPv6PrivacyExtensions=prefer-public\n",
    ),
    ("40-eth0.network", "MACVLAN=mv\nTunnel=gre\nTunnel=he\n"),
    (
        "40-eth0.network",
        "[Route]\nGateway=10.0.0.1\nGatewayOnLink=yes\nMetric=7\nPreferredSource=10.0.0.2\n",
    ),
    (
        "40-eth0.network",
        "[Route]\nDestination=10.1.0.0/16\nGateway=10.0.0.9\nGatewayOnLink=yes\nInitialCongestionWindow=20\nMTUBytes=1300\nMetric=50\n",
    ),
    (
        "40-eth0.network",
        "PreferredSource=10.0.0.2\nProtocol=static\nQuickAck=1\nScope=link\nTCPRetransmissionTimeoutSec=200ms\nTable=100\nType=unicast\n",
    ),
    (
        "40-eth0.network",
        "[Route]\nDestination=10.9.0.0/16\nType=blackhole\n",
    ),
    (
        "40-eth0.network",
        "[Route]\nDestination=fd01::/48\nGateway=fd00::1\nIPv6Preference=high\n",
    ),
    ("40-eth0-kernel.link", "[Match]\nOriginalName=eth0\n"),
    ("40-eth0-path.link", "[Match]\nProperty=ID_NET_NAME_PATH=eth0\n"),
    (
        "40-eth0-path.link",
        "NamePolicy=keep kernel database onboard slot path\nWakeOnLan=magic\n",
    ),
    (
        "40-tun7.netdev",
        "[NetDev]\nKind=tun\nName=tun7\n\n[Tun]\nUser=admin\n",
    ),
    ("40-eth9.network", "[Match]\nName=eth9\n\n[Network]\nDHCP=no\n"),
    (
        "40-eth5.network",
        "DHCP=yes\n\n[Route]\nGateway=fe80::1\nGatewayOnLink=yes\n",
    ),
    (
        "40-bond0.netdev",
        "[Bond]\nARPIPTargets=10.0.0.1 10.0.0.3\nLearnPacketIntervalSec=3s\nMIIMonitorSec=100ms\nMode=active-backup\n",
    ),
    ("40-eth1.network", "Bond=bond0\nDHCP=no\n"),
    ("40-eth2.network", "Bond=bond0\nDHCP=no\nPrimarySlave=yes\n"),
    ("40-br0.netdev", "Kind=bridge\nName=br0\n"),
    ("40-eth3.network", "Bridge=br0\nDHCP=no\n"),
    ("40-v9.netdev", "Kind=vlan\nName=v9\n\n[VLAN]\nId=9\n"),
    ("40-eth4.network", "DHCP=yes\nVLAN=v9\n"),
    (
        "40-mv.netdev",
        "Kind=macvlan\nName=mv\n\n[MACVLAN]\nMode=bridge\n",
    ),
    (
        "40-he.netdev",
        "Kind=sit\nName=he\n\n[Tunnel]\nEncapsulation=GenericUDPEncapsulation\nFOUDestinationPort=9001\nFOUSourcePort=9002\n",
    ),
    (
        "40-he.netdev",
        "FooOverUDP=yes\nLocal=10.0.0.2\nRemote=192.0.2.1\nTTL=64\n",
    ),
    (
        "40-ip.netdev",
        "Kind=ipip\nName=ip\n\n[Tunnel]\nIndependent=yes\nLocal=any\nRemote=192.0.2.1\n",
    ),
    (
        "40-gre.netdev",
        "Kind=ip6gretap\nName=gre\n\n[Tunnel]\nLocal=fd00::2\nRemote=fd00::9\nTTL=7\n",
    ),
    (
        "40-fou.netdev",
        "Kind=fou\nName=fou\n\n[FooOverUDP]\nEncapsulation=FooOverUDP\nPort=9001\nProtocol=47\n",
    ),
    ("80-dhcp.network", "[Match]\nKind=!*\nType=ether\n"),
];

#[test]
fn each_field_of_networking_is_written_in_networkds_words() {
    let etc = evaluate(MACHINE, ETC);
    for (file, part) in EXPECTED {
        let text = etc[format!("systemd/network/{file}")].as_str();
        assert!(
            text.is_some_and(|text| text.contains(part)),
            "{file}: {part:?} is not in\n{}",
            text.unwrap_or("nothing")
        );
    }
}

#[test]
fn what_networkd_has_no_word_for_is_refused() {
    let said = objections(
        r#"{ networking = {
          bonds.bond0 = { interfaces = [ "eth1" ]; driverOptions = { mode = "802.3ad"; colour = "red"; primary = "eth7"; }; };
          bridges.br0 = { interfaces = [ "eth2" ]; rstp = true; };
          interfaces.eth0.ipv4.routes = [ { address = "10.0.0.0"; prefixLength = 8; options.realm = "x"; } ];
          fooOverUDP.fou = { port = 1; local = { address = "10.0.0.1"; }; };
          defaultGateway = "10.0.0.1";
        }; }"#,
    );
    for part in [
        "networking.bonds.bond0.driverOptions has colour",
        "networking.bonds.bond0.driverOptions.primary is eth7",
        "networking.bridges.br0.rstp is not supported",
        "networking.interfaces.eth0 has a route to 10.0.0.0/8 with realm",
        "networking.fooOverUDP.fou.local is not supported",
        "networking.defaultGateway is 10.0.0.1, but no interface has a fixed address of its kind",
    ] {
        assert!(said.contains(part), "{part:?} is missing:\n{said}");
    }
    for (setting, option) in [
        (
            "interfaces.veth = { virtual = true; virtualType = \"veth\"; }",
            "`networking.interfaces.veth.virtualType'",
        ),
        (
            "macvlans.mv = { interface = \"eth0\"; mode = \"loud\"; }",
            "`networking.macvlans.mv.mode'",
        ),
        (
            "vlans.v = { interface = \"eth0\"; id = 5000; }",
            "`networking.vlans.v.id'",
        ),
        (
            "interfaces.eth0.macAddress = \"a\\nName=b\"",
            "`networking.interfaces.eth0.macAddress'",
        ),
        (
            "interfaces.eth0.ipv4.routes = [ { address = \"10.0.0.0\"; prefixLength = 8; type = \"odd\"; } ]",
            "ipv4.routes",
        ),
    ] {
        is_refused(
            &format!("{{ networking.{setting}; }}"),
            ETC,
            &[option, "module.nix:1"],
        );
    }
}

/// Runs networkd, which has no interface to work on, until it has read its files.
const READ: &str = r#"
mkdir -p /run/systemd/netif
coproc networkd { SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console exec timeout 60 /usr/lib/systemd/systemd-networkd 2>&1; }
while read -r line <&"${networkd[0]}"; do
  echo "$line"
  case $line in Loaded.) kill "$networkd_PID"; break ;; esac
done >/out/said
"#;

#[test]
fn networkd_has_nothing_to_say_about_its_files() {
    let etc = evaluate(MACHINE, ETC);
    let files = etc.as_object().expect("texts by path").iter();
    let own: Vec<(String, &str)> = files
        .filter(|(path, _)| path.starts_with("systemd/network"))
        .filter_map(|(path, content)| Some((format!("etc/{path}"), content.as_str()?)))
        .collect();
    let roots = tempfile::tempdir().expect("a temporary folder");
    let root = roots.path().join("machine");
    readers::lay_out(
        &root,
        READ,
        own.iter().map(|(path, content)| (path.as_str(), *content)),
    );
    if let Err(why) = readers::run(roots.path(), "bash coreutils systemd util-linux", "-rmn") {
        eprintln!("SKIPPED: networkd cannot be run here: {why}");
        return;
    }
    let said = std::fs::read_to_string(root.join("out/said")).expect("networkd was run");
    let about: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("/etc/systemd/network"))
        .collect();
    let read = |path: &str| about.contains(&format!("/{path}: Successfully loaded.").as_str());
    for (path, _) in &own {
        let extension = Path::new(path)
            .extension()
            .and_then(|extension| extension.to_str());
        assert!(
            !matches!(extension, Some("network" | "netdev")) || read(path),
            "{path}:\n{}",
            about.join("\n")
        );
    }
    let complaints: Vec<&&str> = about
        .iter()
        .filter(|line| !line.ends_with("Successfully loaded."))
        .collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
}
