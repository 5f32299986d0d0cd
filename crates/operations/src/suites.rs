//! Locks Debian suites for flakes, and the suites of further signed archives.
//!
//! `debian:trixie` is the release with its updates and security updates. Parameters: `components` (`main,contrib`),
//! `architecture`, `mirror` and `securityMirror`. With `url` it is a suite of another archive, called `archive`, whose
//! key is fetched from `keyUrl` and pinned by its fingerprint `key`.

use std::path::Path;

use debian::index::Index;
use debian::lock::{Archive, LockRequest, Locked, Pins, Suite, debian_release, lock, restore};
use debian::signature::Keyring;
use fetch::Limits;
use flake::{Attributes, BoxError, DebianLock, DebianLocked};

use crate::base::base;
use crate::{Event, Session};

const KEYS_FOLDER: &str = "keys/";
const MAXIMUM_KEY_BYTES: u64 = 1 << 20;
const DEFAULT_ARCHITECTURE: &str = "amd64";
const DEFAULT_COMPONENT: &str = "main";

/// Suites of Debian and others, with the session's network and mirrors.
pub(crate) struct Suites<'s> {
    pub(crate) session: &'s Session,
}

/// The addresses that the locked inputs of a flake name, so that packages can be fetched from there.
pub(crate) fn note_archives(session: &Session, locked: &flake::Locked) {
    for input in locked
        .lock
        .inputs()
        .filter(|input| input.locked.input.kind() == "debian")
    {
        note_addresses(session, input.locked.input.attributes());
    }
}

fn note_addresses(session: &Session, attributes: &Attributes) {
    let addresses = |name: &str| -> Vec<String> {
        let text = attributes.text(name).unwrap_or_default();
        text.split(',')
            .filter(|address| !address.is_empty())
            .map(plain_address)
            .collect()
    };
    session.add_archive("debian", addresses("mirror"));
    session.add_archive("debian-security", addresses("securityMirror"));
    if attributes.text("url").is_some() {
        session.add_archive(&archive_name(attributes), addresses("url"));
    }
}

fn plain_address(address: &str) -> String {
    address.trim_end_matches('/').to_owned()
}

/// The name of a further archive: its own, or the host that serves it.
fn archive_name(attributes: &Attributes) -> String {
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

impl Suites<'_> {
    fn archives<'k>(&self, input: &Attributes, keyring: &'k Keyring) -> Vec<Archive<'k>> {
        let suite = input.text("suite").unwrap_or_default();
        let components = input.text("components").unwrap_or(DEFAULT_COMPONENT);
        let components: Vec<String> = components.split(',').map(str::to_owned).collect();
        let wanted = match input.text("url") {
            Some(_) => vec![(
                archive_name(input),
                vec![Suite {
                    name: suite.to_owned(),
                    components,
                }],
            )],
            None => debian_release(suite, &components),
        };
        let mirrors = self.session.mirrors();
        let archive = |(name, suites): (String, Vec<Suite>)| {
            let mirrors = mirrors.get(&name).cloned().unwrap_or_default();
            Archive {
                name,
                mirrors,
                keyring,
                suites,
            }
        };
        wanted.into_iter().map(archive).collect()
    }

    /// The keys of Debian that the base has, or the pinned key of another archive. The second value is the
    /// fingerprint to be pinned.
    fn keyring(&self, input: &Attributes) -> Result<(Keyring, Option<String>), BoxError> {
        let mut keyring = Keyring::default();
        if input.text("url").is_none() {
            for file in base().files {
                if let Some(name) = file
                    .path
                    .strip_prefix(KEYS_FOLDER)
                    .filter(|name| name.ends_with(".asc"))
                {
                    keyring.add(name, file.contents)?;
                }
            }
            return Ok((keyring, None));
        }
        let address = input
            .text("keyUrl")
            .ok_or("another archive needs 'keyUrl', the address of its key")?;
        let response = self
            .session
            .fetcher()
            .get(address, Limits::bytes(MAXIMUM_KEY_BYTES))?;
        keyring.add(address, response.content.as_bytes())?;
        let fingerprints = keyring.describe();
        let plain = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
        let found: Vec<String> = fingerprints.iter().map(|text| plain(text)).collect();
        match input.text("key").map(plain) {
            Some(key) if found.iter().any(|text| text.contains(&key)) => Ok((keyring, Some(key))),
            Some(key) => {
                Err(format!("the key at {address} is {}, not {key}", fingerprints.join(", ")).into())
            }
            None => {
                let first = fingerprints
                    .first()
                    .ok_or_else(|| format!("{address} holds no key"))?;
                let key = first.split_whitespace().next().unwrap_or_default().to_lowercase();
                self.session
                    .warn(&format!("trusting the key {first} of {address} from now on"));
                Ok((keyring, Some(key)))
            }
        }
    }

    /// Suites whose indexes make no sense are not locked. The compiled form is kept, evaluation needs it anyway.
    fn check_indexes(&self, tree: &Path) -> Result<(), BoxError> {
        let (hash, _) = store::hashing::nar_hash(tree)?;
        let cache = self.session.settings().debian_cache_folder();
        Index::open_or_compile(&[tree.to_owned()], &cache, &hash.to_sri())?;
        Ok(())
    }

    fn finish(&self, locked: Locked, key: Option<String>) -> DebianLocked {
        for line in locked.summary {
            self.session.tell(Event::Note(line));
        }
        let mut attributes = Attributes::default();
        attributes.set("pins", locked.pins.to_string());
        if let Some(key) = key {
            attributes.set("key", key);
        }
        DebianLocked {
            last_modified: locked.last_modified,
            attributes,
        }
    }
}

impl DebianLock for Suites<'_> {
    fn lock(
        &self,
        input: &Attributes,
        previous: Option<&Attributes>,
        out: &Path,
    ) -> Result<DebianLocked, BoxError> {
        note_addresses(self.session, input);
        let (keyring, key) = self.keyring(input)?;
        let previous = previous
            .and_then(|attributes| attributes.text("pins"))
            .map(str::parse::<Pins>);
        let request = LockRequest {
            archives: self.archives(input, &keyring),
            architecture: input
                .text("architecture")
                .unwrap_or(DEFAULT_ARCHITECTURE)
                .to_owned(),
            now: self.session.settings().now,
            previous: previous.transpose()?,
        };
        let locked = lock(self.session.fetcher(), &request, out)?;
        self.check_indexes(out)?;
        Ok(self.finish(locked, key))
    }

    fn restore(&self, locked: &Attributes, out: &Path) -> Result<DebianLocked, BoxError> {
        note_addresses(self.session, locked);
        let pins: Pins = locked.text("pins").ok_or("its lock has no 'pins'")?.parse()?;
        let restored = restore(self.session.fetcher(), &self.session.mirrors(), &pins, out)?;
        Ok(self.finish(restored, None))
    }
}
