//! Whether a person can log in, found out before the machine is built and booted.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::{Run, VmError};
use crate::{Error, Session};

const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END: &str = "-----END OPENSSH PRIVATE KEY-----";
const MAGIC: &[u8] = b"openssh-key-v1\0";

/// Who can log in, as the configuration says.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) struct Logins {
    /// Whether there is an ssh server.
    server: bool,
    /// Whether keys may also come from elsewhere than the accounts.
    keys_elsewhere: bool,
    accounts: BTreeMap<String, Account>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
struct Account {
    is_normal_user: bool,
    /// Public keys; a text may hold several lines.
    keys: Vec<String>,
}

impl Logins {
    /// As whom a person logs in who names nobody.
    pub(super) fn ordinary_user(&self) -> Option<&str> {
        let mut accounts = self.accounts.iter();
        accounts
            .find(|(_, account)| account.is_normal_user)
            .map(|(name, _)| name.as_str())
    }

    /// Fails where the login that is asked for cannot succeed, and warns where it may not.
    pub(super) fn check(&self, session: &Session, request: &Run) -> Result<(), Error> {
        if !self.server {
            return Err(VmError::NoServer.into());
        }
        let user = request.user.as_deref().or(self.ordinary_user()).unwrap_or("root");
        let Some(account) = self.accounts.get(user) else {
            let known = self.accounts.keys().map(String::as_str);
            return Err(VmError::NoUser {
                user: user.to_owned(),
                nearest: debian::index::nearest(user, known),
            }
            .into());
        };
        let public = match &request.key {
            None => None,
            Some(key) => public_half(&session.settings().current_folder.join(key))?,
        };
        // A kept disk has its own say: keys that somebody put there.
        let is_sure = !self.keys_elsewhere && !request.disk.as_ref().is_some_and(|disk| disk.exists());
        let problem = match (account.has_key(), &request.key, public) {
            (false, ..) => VmError::NoKeys {
                user: user.to_owned(),
            },
            (true, Some(key), Some(public)) if !account.allows(&public) => VmError::KeyNotAllowed {
                user: user.to_owned(),
                key: key.clone(),
            },
            _ => return Ok(()),
        };
        match is_sure {
            true => Err(problem.into()),
            false => {
                session.warn(&format!("{problem}, unless it gets one elsewhere"));
                Ok(())
            }
        }
    }
}

impl Account {
    fn lines(&self) -> impl Iterator<Item = &str> {
        let lines = self.keys.iter().flat_map(|text| text.lines()).map(str::trim);
        lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
    }

    /// Whether any line holds a key.
    fn has_key(&self) -> bool {
        let is_key = |word: &str| word.starts_with("AAAA") && STANDARD.decode(word).is_ok();
        self.lines().any(|line| line.split_whitespace().any(is_key))
    }

    /// Whether a line holds this key; options may stand before it and a comment after it.
    fn allows(&self, public: &str) -> bool {
        self.lines()
            .any(|line| line.split_whitespace().any(|word| word == public))
    }
}

/// The public half of a private key, in base 64, where the file tells it. Fails where ssh would not take the file.
fn public_half(file: &Path) -> Result<Option<String>, Error> {
    let metadata = fs::metadata(file).map_err(Error::files("read the key", file))?;
    let text = fs::read(file).map_err(Error::files("read the key", file))?;
    let text = String::from_utf8_lossy(&text);
    if let Some(public) = public_line(&text) {
        // The private half is with an agent.
        return Ok(Some(public));
    }
    if !text.contains("PRIVATE KEY-----") {
        return Err(VmError::NotAKey {
            file: file.to_owned(),
        }
        .into());
    }
    let own = fs::metadata("/proc/self").map(|own| own.uid()).ok();
    if own == Some(metadata.uid()) && metadata.permissions().mode() & 0o077 != 0 {
        return Err(VmError::KeyOpenToOthers {
            file: file.to_owned(),
        }
        .into());
    }
    let beside = fs::read_to_string(format!("{}.pub", file.display())).unwrap_or_default();
    Ok(embedded(&text).or_else(|| public_line(&beside)))
}

/// The key in a line such as `ssh-ed25519 AAAA… comment`.
fn public_line(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    let kind = words.next()?;
    let is_kind = kind.starts_with("ssh-") || kind.starts_with("ecdsa-") || kind.starts_with("sk-");
    words.next().filter(|_| is_kind).map(str::to_owned)
}

/// The public half that a private key of OpenSSH's own form has before its secret, which may be sealed.
fn embedded(text: &str) -> Option<String> {
    let (_, rest) = text.split_once(BEGIN)?;
    let (inside, _) = rest.split_once(END)?;
    let inside: String = inside.split_whitespace().collect();
    let bytes = STANDARD.decode(inside).ok()?;
    let mut rest = bytes.strip_prefix(MAGIC)?;
    for _ in ["cipher", "derivation", "its parameters"] {
        take(&mut rest)?;
    }
    rest = rest.get(4..)?; // how many keys
    take(&mut rest).map(|public| STANDARD.encode(public))
}

/// The next string, which has its length before it.
fn take<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (string, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    *rest = after;
    Some(string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn private_key(public: &[u8]) -> String {
        let mut bytes = MAGIC.to_vec();
        let mut string = |text: &[u8]| {
            bytes.extend((text.len() as u32).to_be_bytes());
            bytes.extend(text);
        };
        string(b"aes256-ctr");
        string(b"bcrypt");
        string(b"salt");
        bytes.extend([0, 0, 0, 1]);
        bytes.extend((public.len() as u32).to_be_bytes());
        bytes.extend(public);
        format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(bytes))
    }

    #[test]
    fn the_public_half_is_read_from_a_sealed_key() {
        let public = b"\0\0\0\x0bssh-ed25519\0\0\0\x20and thirty-two further bytes....";
        let text = private_key(public);
        assert_eq!(embedded(&text), Some(STANDARD.encode(public)));
        for cut in 0..text.len() {
            // However it is cut, it is no key, and nothing panics.
            let _ = embedded(&format!("{}\n{END}", &text[..cut]));
        }
        assert_eq!(
            public_line("ssh-ed25519 AAAAC3 me@here").as_deref(),
            Some("AAAAC3")
        );
        assert_eq!(public_line("# ssh-ed25519 AAAAC3"), None);
    }

    #[test]
    fn keys_are_found_behind_options_and_before_comments() {
        let account = Account {
            is_normal_user: true,
            keys: vec![
                "# nobody\n".to_owned(),
                "from=\"10.0.0.0/8\",no-pty ssh-ed25519 AAAAC3Nz me\n\nssh-rsa AAAAB3Nz".to_owned(),
            ],
        };
        assert!(account.has_key() && account.allows("AAAAC3Nz") && account.allows("AAAAB3Nz"));
        assert!(!account.allows("AAAA") && !account.allows("nobody"));
        let placeholder = Account {
            is_normal_user: true,
            keys: vec!["ssh-ed25519 AAA...".to_owned()],
        };
        assert!(!placeholder.has_key());
    }
}
