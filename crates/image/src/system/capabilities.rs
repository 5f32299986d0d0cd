//! File capabilities: from the text of `setcap` to the attribute the kernel reads.

use super::SystemError;
use crate::object::Xattr;

const NAMES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];
const REVISION_2: u32 = 0x0200_0000;
const EFFECTIVE: u32 = 1;

/// The `security.capability` attribute for a text such as `cap_net_raw,cap_net_admin=ep`.
pub fn encode(path: &str, text: &str) -> Result<Xattr, SystemError> {
    let bad = |reason: String| SystemError::BadValue {
        path: path.into(),
        reason,
    };
    let (mut permitted, mut inheritable, mut effective) = (0u64, 0u64, false);
    for clause in text.split_whitespace() {
        let at = clause
            .find(['=', '+'])
            .ok_or_else(|| bad(format!("{clause:?} is not a capability clause")))?;
        let mut set = 0u64;
        for name in clause[..at].split(',') {
            let short = name.to_ascii_lowercase();
            let short = short.strip_prefix("cap_").unwrap_or(&short);
            let number = NAMES.iter().position(|known| *known == short);
            set |= 1 << number.ok_or_else(|| bad(format!("there is no capability {name:?}")))?;
        }
        for flag in clause[at + 1..].chars() {
            match flag {
                'p' => permitted |= set,
                'i' => inheritable |= set,
                'e' => effective = true,
                _ => return Err(bad(format!("{flag:?} is not a capability flag"))),
            }
        }
    }
    let words = [
        REVISION_2 | if effective { EFFECTIVE } else { 0 },
        permitted as u32,
        inheritable as u32,
        (permitted >> 32) as u32,
        (inheritable >> 32) as u32,
    ];
    let value = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    Ok(Xattr {
        name: "security.capability".into(),
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attribute_is_what_setcap_writes() {
        let raw = encode("/x", "cap_net_raw=ep").expect("valid").value;
        assert_eq!(
            raw,
            [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        );
        let bpf = encode("/x", "cap_bpf+p").expect("valid").value;
        assert_eq!(
            bpf,
            [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]
        );
        assert!(encode("/x", "cap_fly=ep").is_err() && encode("/x", "cap_bpf").is_err());
    }
}
