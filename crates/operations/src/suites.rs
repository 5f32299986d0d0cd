//! Locks Debian suites for flakes, and the suites of further signed archives.
//!
//! `debian:trixie` is the release with its updates and security updates. Parameters: `components` (`main,contrib`),
//! `architecture`, `mirror` and `securityMirror`. With `url` it is a suite of another archive, called `archive`, whose
//! key is fetched from `keyUrl` and pinned by its whole fingerprint `key`.

use std::path::Path;

use debian::index::{Index, Selection, Source};
use debian::lock::{Archive, LockRequest, Locked, Pins, Suite, debian_release, lock, restore};
use debian::signature::{Certificate, Keyring};
use flake::{Attributes, BoxError, DebianLock, DebianLocked};
use nix_formats::StorePath;
use store::Store;

use crate::archive_keys::{
    archive_name, archives_of, certificate_to_lock, debian_keys, keyring, keys_of_locked,
};
use crate::{Event, Session};

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

/// One tree of an index, and which of its packages are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tree {
    pub(crate) path: StorePath,
    pub(crate) selection: Selection,
}

/// The compiled index of the trees of locked Debian inputs together.
pub(crate) fn open_index(session: &Session, store: &Store, trees: &[Tree]) -> Result<Index, BoxError> {
    let mut sources = Vec::new();
    let mut hashes = Vec::new();
    for tree in trees {
        let locked = session.origins.debian(&tree.path).ok_or_else(|| {
            format!(
                "{} is not the tree of a locked 'debian:' input, so nobody has signed what it says of packages",
                tree.path
            )
        })?;
        sources.push(Source {
            tree: store.physical(&tree.path),
            keys: keys_of_locked(session, &locked)?,
            archives: archives_of(&locked)?,
            // The first tree is the distribution, whoever publishes it.
            is_foreign: !sources.is_empty() && locked.text("url").is_some(),
            selection: tree.selection.clone(),
        });
        hashes.push(store.require_info(&tree.path)?.nar_hash.to_sri());
    }
    let cache = session.settings().debian_cache_folder();
    Ok(Index::open_or_compile(&sources, &cache, &hashes.join(" "))?)
}

impl Suites<'_> {
    fn archives<'k>(&self, input: &Attributes, keyring: &'k Keyring) -> Vec<Archive<'k>> {
        let suite = input.text("suite").unwrap_or_default();
        let components = match input.text("components") {
            Some(components) => components,
            // A folder without suites has no components.
            None if suite.ends_with('/') => "",
            None => DEFAULT_COMPONENT,
        };
        let components: Vec<String> = components
            .split(',')
            .filter(|component| !component.is_empty())
            .map(str::to_owned)
            .collect();
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

    /// Suites whose indexes make no sense are not locked. The compiled form is kept, evaluation needs it anyway.
    fn check_indexes(
        &self,
        tree: &Path,
        input: &Attributes,
        keys: Vec<(String, Vec<u8>)>,
    ) -> Result<(), BoxError> {
        let (hash, _) = store::hashing::nar_hash(tree)?;
        let cache = self.session.settings().debian_cache_folder();
        let source = Source {
            tree: tree.to_owned(),
            keys,
            archives: archives_of(input)?,
            is_foreign: input.text("url").is_some(),
            selection: Selection::default(),
        };
        Index::open_or_compile(&[source], &cache, &hash.to_sri())?;
        Ok(())
    }

    fn finish(&self, locked: Locked) -> DebianLocked {
        for line in locked.summary {
            self.session.tell(Event::Note(line));
        }
        for warning in &locked.warnings {
            self.session.warn(warning);
        }
        let mut attributes = Attributes::default();
        attributes.set("pins", locked.pins.to_string());
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
        archives_of(input)?;
        note_addresses(self.session, input);
        let certificate = match input.text("url") {
            Some(_) => Some(certificate_to_lock(self.session, input, previous)?),
            None => None,
        };
        let keys = match &certificate {
            Some(certificate) => vec![(certificate.describe(), certificate.to_bytes()?)],
            None => debian_keys(),
        };
        let keyring = keyring(&keys)?;
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
        self.check_indexes(out, input, keys)?;
        let mut locked = self.finish(locked);
        if let Some(certificate) = certificate {
            pin(&mut locked.attributes, input, &certificate)?;
        }
        Ok(locked)
    }

    fn restore(&self, locked: &Attributes, out: &Path) -> Result<DebianLocked, BoxError> {
        let archives = archives_of(locked)?;
        note_addresses(self.session, locked);
        let pins: Pins = locked.text("pins").ok_or("its lock has no 'pins'")?.parse()?;
        if let Some(other) = pins.suites.iter().find(|pin| !archives.contains(&pin.archive)) {
            let reason = format!(
                "its lock has a suite of the archive {}, and not of {}",
                other.archive,
                archives.join(" or ")
            );
            return Err(reason.into());
        }
        let keyring = keyring(&keys_of_locked(self.session, locked)?)?;
        let restored = restore(
            self.session.fetcher(),
            &self.session.mirrors(),
            &keyring,
            &pins,
            out,
        )?;
        Ok(self.finish(restored))
    }
}

/// Puts the key into the lock: its fingerprint, as flake.nix writes it if it does, and the key itself, so that the
/// locked state can be checked when its publisher has a new one.
fn pin(attributes: &mut Attributes, input: &Attributes, certificate: &Certificate) -> Result<(), BoxError> {
    if input.text("key").is_none() {
        attributes.set("key", certificate.fingerprint().to_string());
    }
    attributes.set("certificate", certificate.to_text()?);
    Ok(())
}
