//! Whose signatures count for the suites of an input: Debian's own keys, or the one key that is pinned.

use debian::signature::{Certificate, Fingerprint, Keyring, SignatureError};
use fetch::Limits;
use flake::{Attributes, BoxError};

use crate::Session;
use crate::base::base;

const KEYS_FOLDER: &str = "keys/";
const MAXIMUM_KEY_BYTES: u64 = 1 << 20;
/// The archives whose keys the base has.
pub(crate) const DEBIAN_ARCHIVES: [&str; 2] = ["debian", "debian-security"];

/// Why a key is not trusted. The texts say what to do, as that depends on what was asked.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The input does not say where the key is.
    #[error("another publisher's archive needs 'keyUrl', the address of its key")]
    NoAddress,
    /// What should pin a key is no fingerprint.
    #[error("'key': {0}")]
    BadPin(#[from] debian::signature::NoFingerprint),
    /// The archive takes the name of one of Debian's.
    #[error("the archive at {url} cannot be called {name}, which is Debian's own")]
    ReservedName {
        /// Its address.
        url: String,
        /// The name.
        name: String,
    },
    /// Whoever is between here and the server could have exchanged the key.
    #[error(
        "the key comes over plain http from {address}, where anybody on the way may exchange it: {found}"
    )]
    PlainHttp {
        /// Where the key is.
        address: String,
        /// Fingerprint and owner of what is there.
        found: String,
        /// The fingerprint alone.
        fingerprint: Fingerprint,
    },
    /// The file has several keys and nothing says which one is meant.
    #[error("{address} holds several keys: {}", found.join(", "))]
    Several {
        /// Where the keys are.
        address: String,
        /// Fingerprints and owners.
        found: Vec<String>,
    },
    /// The pin is that of a subkey.
    #[error("{pin} is a subkey of {certificate}; the pin is the fingerprint of the whole key")]
    Subkey {
        /// The pin.
        pin: Fingerprint,
        /// Fingerprint and owner of the key.
        certificate: String,
    },
    /// The key is not the one that flake.nix names.
    #[error("the key at {address} is {}, not {pin} as flake.nix says", found.join(", "))]
    NotPinned {
        /// Where the key is.
        address: String,
        /// Fingerprints and owners of what is there.
        found: Vec<String>,
        /// The pin.
        pin: Fingerprint,
    },
    /// The key is another one than when the archive was locked.
    #[error("the key of the archive at {address} has changed:\n  locked: {old}\n  now:    {}", found.join(", "))]
    Changed {
        /// Where the key is.
        address: String,
        /// The key that is locked.
        old: Fingerprint,
        /// Fingerprints and owners of what is there now.
        found: Vec<String>,
        /// The first of these fingerprints.
        new: Fingerprint,
    },
    /// The certificate of a lock is not the pinned one.
    #[error("flake.lock holds the key {found} beside the pin {pin}")]
    ForeignCertificate {
        /// What it holds.
        found: Fingerprint,
        /// The pin.
        pin: Fingerprint,
    },
    /// A key cannot be used.
    #[error(transparent)]
    Unusable(#[from] SignatureError),
    /// A key cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] Box<fetch::Error>),
}

/// Names and contents of the files with Debian's keys.
pub(crate) fn debian_keys() -> Vec<(String, Vec<u8>)> {
    let keys = base().files.iter().filter_map(|file| {
        let name = file.path.strip_prefix(KEYS_FOLDER)?;
        name.ends_with(".asc")
            .then(|| (name.to_owned(), file.contents.to_vec()))
    });
    keys.collect()
}

/// The keyring of these files.
pub(crate) fn keyring(keys: &[(String, Vec<u8>)]) -> Result<Keyring, SignatureError> {
    let mut keyring = Keyring::default();
    for (name, bytes) in keys {
        keyring.add(name, bytes)?;
    }
    Ok(keyring)
}

/// The name of a further archive: its own, or the host that serves it.
pub(crate) fn archive_name(attributes: &Attributes) -> String {
    let host = || {
        let url = attributes.text("url").unwrap_or_default();
        let host = url
            .split("://")
            .nth(1)
            .and_then(|rest| rest.split(['/', ':']).next());
        host.unwrap_or_default().to_owned()
    };
    attributes.text("archive").map_or_else(host, str::to_owned)
}

/// The archives whose suites an input may have.
pub(crate) fn archives_of(attributes: &Attributes) -> Result<Vec<String>, KeyError> {
    let Some(url) = attributes.text("url") else {
        return Ok(DEBIAN_ARCHIVES.map(str::to_owned).to_vec());
    };
    let name = archive_name(attributes);
    if DEBIAN_ARCHIVES.contains(&name.as_str()) {
        let url = url.to_owned();
        return Err(KeyError::ReservedName { url, name });
    }
    Ok(vec![name])
}

/// The keys that count for a locked input: what its lock holds, or where it is older than that, what is at `keyUrl`.
pub(crate) fn keys_of_locked(
    session: &Session,
    locked: &Attributes,
) -> Result<Vec<(String, Vec<u8>)>, KeyError> {
    archives_of(locked)?;
    if locked.text("url").is_none() {
        return Ok(debian_keys());
    }
    let pin: Fingerprint = locked.text("key").unwrap_or_default().parse()?;
    let certificate = match locked.text("certificate") {
        Some(text) => Certificate::from_text(text)?,
        None => {
            let address = locked.text("keyUrl").ok_or(KeyError::NoAddress)?;
            pinned(address, &fetched(session, address)?, &pin)?
        }
    };
    if certificate.fingerprint() != pin {
        let found = certificate.fingerprint();
        return Err(KeyError::ForeignCertificate { found, pin });
    }
    Ok(vec![(certificate.describe(), certificate.to_bytes()?)])
}

/// The key that an archive is locked with from now on.
pub(crate) fn certificate_to_lock(
    session: &Session,
    input: &Attributes,
    previous: Option<&Attributes>,
) -> Result<Certificate, BoxError> {
    let address = input.text("keyUrl").ok_or(KeyError::NoAddress)?;
    let declared = input.text("key").map(str::parse::<Fingerprint>).transpose();
    let declared = declared.map_err(KeyError::from)?;
    let found = fetched(session, address)?;
    if let Some(pin) = declared {
        return Ok(pinned(address, &found, &pin)?);
    }
    let old = previous.and_then(|previous| previous.text("key")?.parse::<Fingerprint>().ok());
    if let Some(old) = old {
        return Ok(unchanged(session, address, &found, old)?);
    }
    let [certificate] = found.as_slice() else {
        let found = described(&found);
        let address = address.to_owned();
        return Err(KeyError::Several { address, found }.into());
    };
    if is_open_to_others(address) && !is_accepted(session, certificate) {
        return Err(KeyError::PlainHttp {
            address: address.to_owned(),
            found: certificate.describe(),
            fingerprint: certificate.fingerprint(),
        }
        .into());
    }
    session.warn(&format!(
        "trusting the key {} of {address} from now on",
        certificate.describe()
    ));
    Ok(certificate.clone())
}

/// The locked key, or a new one that the user has accepted by its fingerprint.
fn unchanged(
    session: &Session,
    address: &str,
    found: &[Certificate],
    old: Fingerprint,
) -> Result<Certificate, KeyError> {
    let accepted = found.iter().find(|certificate| is_accepted(session, certificate));
    let same = found.iter().find(|certificate| certificate.fingerprint() == old);
    match accepted.or(same) {
        Some(certificate) => Ok(certificate.clone()),
        None => Err(KeyError::Changed {
            address: address.to_owned(),
            old,
            found: described(found),
            new: found[0].fingerprint(),
        }),
    }
}

fn is_accepted(session: &Session, certificate: &Certificate) -> bool {
    session.accepts_key(&certificate.fingerprint())
}

/// The certificate with this fingerprint, and no other one.
fn pinned(address: &str, found: &[Certificate], pin: &Fingerprint) -> Result<Certificate, KeyError> {
    if let Some(certificate) = found.iter().find(|certificate| certificate.fingerprint() == *pin) {
        return Ok(certificate.clone());
    }
    if let Some(certificate) = found.iter().find(|certificate| certificate.has_subkey(pin)) {
        return Err(KeyError::Subkey {
            pin: pin.clone(),
            certificate: certificate.describe(),
        });
    }
    Err(KeyError::NotPinned {
        address: address.to_owned(),
        found: described(found),
        pin: pin.clone(),
    })
}

fn described(found: &[Certificate]) -> Vec<String> {
    found.iter().map(Certificate::describe).collect()
}

fn fetched(session: &Session, address: &str) -> Result<Vec<Certificate>, KeyError> {
    let response = session.fetcher().get(address, Limits::bytes(MAXIMUM_KEY_BYTES));
    let response = response.map_err(Box::new)?;
    Ok(Certificate::read_all(address, response.content.as_bytes())?)
}

/// Whether what comes from this address passes networks where it can be exchanged.
fn is_open_to_others(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("http://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // What stands before an @ is no host.
    let host = host.rsplit('@').next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_loopback = name
        .parse::<std::net::IpAddr>()
        .is_ok_and(|address| address.is_loopback());
    !is_loopback && name != "localhost"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_hand_out_keys_over_plain_http() {
        for (address, is_open) in [
            ("https://apt.example.org/key.asc", false),
            ("file:///key.asc", false),
            ("http://127.0.0.1:8765/key.asc", false),
            ("http://[::1]/key.asc", false),
            ("http://localhost/key.asc", false),
            ("http://apt.example.org/key.asc", true),
            ("http://127.0.0.1.example.org/key.asc", true),
            ("http://127.0.0.1@example.org/key.asc", true),
            ("http://localhost.example.org/key.asc", true),
        ] {
            assert_eq!(is_open_to_others(address), is_open, "{address}");
        }
    }

    #[test]
    fn no_other_archive_is_called_as_debians() {
        let named = |url: &str, archive: Option<&str>| {
            let mut attributes = Attributes::default();
            attributes.set("url", url);
            if let Some(archive) = archive {
                attributes.set("archive", archive);
            }
            archives_of(&attributes)
        };
        assert!(named("https://x.org", Some("debian")).is_err());
        assert!(named("https://debian-security/x", None).is_err());
        assert_eq!(
            named("https://x.org:1/y", None).ok(),
            Some(vec!["x.org".to_owned()])
        );
    }
}
