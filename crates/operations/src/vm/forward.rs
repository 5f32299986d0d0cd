//! Ports of this machine that lead into a virtual one, and the other way round.

use serde::Deserialize;

use super::VmError;

/// Only this machine itself reaches what has no address of its own.
const LOOPBACK: &str = "127.0.0.1";

/// One forwarded port, as `virtualisation.forwardPorts` has it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(super) struct Forward {
    #[serde(default)]
    from: From,
    #[serde(default)]
    proto: Protocol,
    host: End,
    guest: End,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum From {
    #[default]
    Host,
    Guest,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Protocol {
    #[default]
    Tcp,
    Udp,
}

impl Protocol {
    const fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
struct End {
    #[serde(default)]
    address: String,
    port: u16,
}

impl Forward {
    /// The port that leads to the machine's ssh server.
    pub(super) fn ssh(port: u16) -> Self {
        Self {
            from: From::Host,
            proto: Protocol::Tcp,
            host: End {
                address: LOOPBACK.to_owned(),
                port,
            },
            guest: End {
                address: String::new(),
                port: 22,
            },
        }
    }

    /// `8080:80`, `127.0.0.1:8080:80`, `udp:53:53`, `80`
    pub(super) fn parse(text: &str) -> Result<Self, VmError> {
        let bad = || VmError::BadForward {
            text: text.to_owned(),
        };
        let (proto, rest) = match text.split_once(':') {
            Some(("udp", rest)) => (Protocol::Udp, rest),
            Some(("tcp", rest)) => (Protocol::Tcp, rest),
            _ => (Protocol::Tcp, text),
        };
        let parts: Vec<&str> = rest.split(':').collect();
        let (address, host, guest) = match parts[..] {
            [port] => (LOOPBACK, port, port),
            [host, guest] => (LOOPBACK, host, guest),
            [address, host, guest] => (address, host, guest),
            _ => return Err(bad()),
        };
        let is_address = address.parse::<std::net::Ipv4Addr>().is_ok();
        let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(bad);
        if !is_address {
            return Err(bad());
        }
        Ok(Self {
            from: From::Host,
            proto,
            host: End {
                address: address.to_owned(),
                port: port(host)?,
            },
            guest: End {
                address: String::new(),
                port: port(guest)?,
            },
        })
    }

    /// As QEMU's user network takes it.
    pub(super) fn rule(&self) -> String {
        let (proto, host, guest) = (self.proto.word(), &self.host, &self.guest);
        let outside = match host.address.as_str() {
            "" => LOOPBACK,
            address => address,
        };
        let inside = &guest.address;
        match self.from {
            From::Host => format!("hostfwd={proto}:{outside}:{}-{inside}:{}", host.port, guest.port),
            From::Guest => format!(
                "guestfwd={proto}:{inside}:{}-{proto}:{outside}:{}",
                guest.port, host.port
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_and_lead_from_loopback_unless_an_address_is_given() {
        let table = [
            ("8080:80", Some("hostfwd=tcp:127.0.0.1:8080-:80")),
            ("80", Some("hostfwd=tcp:127.0.0.1:80-:80")),
            ("udp:5353:53", Some("hostfwd=udp:127.0.0.1:5353-:53")),
            ("tcp:0.0.0.0:1:2", Some("hostfwd=tcp:0.0.0.0:1-:2")),
            ("0:80", None),
            ("70000:80", None),
            ("a:80", None),
            ("", None),
            ("here:1:2", None),
            ("1:2,hostfwd=tcp::3-:4", None),
        ];
        for (text, expected) in table {
            assert_eq!(
                Forward::parse(text).ok().map(|forward| forward.rule()).as_deref(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn what_a_configuration_says_is_said_to_qemu() {
        let json = r#"[
            { "from": "host", "proto": "udp", "host": { "address": "", "port": 1 }, "guest": { "address": "10.0.2.15", "port": 2 } },
            { "from": "guest", "proto": "tcp", "host": { "address": "127.0.0.1", "port": 3 }, "guest": { "address": "10.0.2.10", "port": 4 } }
        ]"#;
        let forwards: Vec<Forward> = serde_json::from_str(json).expect("it is right");
        let rules: Vec<String> = forwards.iter().map(Forward::rule).collect();
        assert_eq!(
            rules,
            [
                "hostfwd=udp:127.0.0.1:1-10.0.2.15:2",
                "guestfwd=tcp:10.0.2.10:4-tcp:127.0.0.1:3"
            ]
        );
    }
}
