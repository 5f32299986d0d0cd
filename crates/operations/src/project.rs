//! Locks a flake and writes its lock file.

use std::path::Path;

use flake::{
    DebianLock, FlakeReference, LockFlags, Locked, ManifestReader, Notice, Sources, StandardSources,
    lock_flake, write_lock_file,
};

use crate::{Error, Event, Phase, Session, base, suites};

/// What may be done to lock files.
#[derive(Clone, Debug, Default)]
pub struct LockOptions {
    /// What may change and how.
    pub flags: LockFlags,
    /// Use changed locks without writing them.
    pub forget: bool,
}

impl Session {
    /// Brings inputs into the store, with Debian suites locked by `debian`.
    pub(crate) fn sources<'a>(
        &'a self,
        debian: &'a (dyn DebianLock + Sync),
        notify: &'a (dyn Fn(Notice) + Sync),
    ) -> Result<StandardSources<'a>, Error> {
        let mut registry = flake::sources::Registry::default();
        for file in self.settings().registry_files() {
            registry.read(&file)?;
        }
        Ok(StandardSources {
            store: self.store()?,
            fetcher: self.fetcher(),
            base: base::base(),
            debian,
            registry,
            cache_folder: self.settings().cache_folder.clone(),
            notify,
            known: Default::default(),
        })
    }

    /// Shows what happens while inputs are fetched.
    pub(crate) fn notice(&self, notice: Notice) {
        match notice {
            Notice::DirtyTree(_) if self.settings().configuration.flag("warn-dirty") == Some(false) => {}
            Notice::DirtyTree(folder) => {
                self.warn(&format!("Git tree '{}' is dirty", folder.display()));
            }
            Notice::Available { input, tree } => self.origins.add(&input, &tree),
            Notice::Fetching(url) => self.tell(Event::Fetching(flake::without_passwords(&url))),
        }
    }
}

/// Locks `reference` and writes the lock file if it changed and `options` allow it.
pub(crate) fn lock(
    session: &Session,
    sources: &dyn Sources,
    manifests: &dyn ManifestReader,
    reference: &FlakeReference,
    options: &LockOptions,
) -> Result<Locked, Error> {
    session.phase(Phase::Lock, || {
        let locked = lock_flake(sources, manifests, reference, &options.flags)?;
        suites::note_archives(session, &locked);
        session.hear_flake_configuration(&locked.flake.manifest.nix_config);
        for warning in &locked.warnings {
            session.warn(warning);
        }
        if !locked.changed() {
            return Ok(locked);
        }
        if options.forget {
            let flake = locked.flake.original.to_string();
            session.tell(Event::LockNotWritten {
                flake,
                changes: locked.changes(),
            });
            return Ok(locked);
        }
        write(session, sources, manifests, locked)
    })
}

/// Writes the lock file. The flake's tree is another one then, so the flake is read once more.
fn write(
    session: &Session,
    sources: &dyn Sources,
    manifests: &dyn ManifestReader,
    locked: Locked,
) -> Result<Locked, Error> {
    let created = !has_lock_file(&locked);
    let file = write_lock_file(&locked)?;
    session.tell(Event::LockWritten {
        file,
        created,
        changes: locked.changes(),
    });
    let reference = &locked.flake.original;
    sources.forget(&reference.input);
    let again = lock_flake(sources, manifests, reference, &LockFlags::default())?;
    Ok(Locked {
        previous: locked.previous,
        ..again
    })
}

fn has_lock_file(locked: &Locked) -> bool {
    let folder = flake::source_folder(&locked.flake.original.input);
    folder.is_some_and(|folder| {
        Path::new(&folder)
            .join(&locked.flake.original.directory)
            .join("flake.lock")
            .exists()
    })
}
