//! Where the trees in the store come from, so that messages can name the files that a person knows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use flake::{Attributes, Input, source_folder};
use nix_formats::StorePath;

/// Trees in the store with what people call them.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    known: Mutex<Vec<Origin>>,
    /// The trees of locked Debian inputs, with what their locks say.
    debian: Mutex<BTreeMap<StorePath, Attributes>>,
}

#[derive(Debug)]
struct Origin {
    /// As it stands in messages.
    store_path: String,
    /// What a person calls it.
    shown: String,
    /// Whether the person can edit it.
    is_own: bool,
    input: Input,
}

impl Origins {
    /// Notes that the store path `tree` is what `input` leads to.
    pub(crate) fn add(&self, input: &Input, tree: &StorePath) {
        if input.kind() == "debian" && input.text("pins").is_some() {
            let mut debian = self.debian.lock().unwrap_or_else(PoisonError::into_inner);
            debian.insert(tree.clone(), input.attributes().clone());
        }
        let folder = source_folder(input);
        let shown = match (&folder, input.kind()) {
            (Some(folder), _) => folder.display().to_string(),
            (None, "hardpan") => "«hardpan»".to_owned(),
            (None, _) => format!("«{}»", short(input)),
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.push(Origin {
            store_path: tree.to_string(),
            shown,
            is_own: folder.is_some(),
            input: input.clone(),
        });
    }

    /// What the lock says of the Debian input whose tree this is; nothing if it is the tree of no such input.
    pub(crate) fn debian(&self, tree: &StorePath) -> Option<Attributes> {
        let debian = self.debian.lock().unwrap_or_else(PoisonError::into_inner);
        debian.get(tree).cloned()
    }

    /// The trees that cannot be copied from a folder of this machine again.
    pub(crate) fn fetched(&self) -> BTreeSet<StorePath> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let fetched = known.iter().filter(|origin| !origin.is_own);
        fetched
            .filter_map(|origin| StorePath::parse_absolute(&origin.store_path).ok())
            .collect()
    }

    /// The text with known trees called by their names, and without passwords.
    pub(crate) fn replace(&self, text: &str) -> String {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let text = flake::without_passwords(text);
        known.iter().fold(text, |text, origin| {
            text.replace(&origin.store_path, &origin.shown)
        })
    }

    /// Why a logical path is not there, if git does not know a file that is.
    pub(crate) fn untracked(&self, path: &str) -> Option<flake::Error> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find_map(|origin| {
            let file = Path::new(path).strip_prefix(&origin.store_path).ok()?;
            let folder = flake::untracked(&origin.input, file)?;
            let file = file.to_owned();
            Some(flake::Error::NotKnownToGit { folder, file })
        })
    }

    /// Whether a logical path is one of a file that the person can edit.
    pub(crate) fn is_own(&self, path: &str) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let lies_in = |origin: &Origin| Path::new(path).starts_with(&origin.store_path);
        match known.iter().find(|origin| lies_in(origin)) {
            Some(origin) => origin.is_own,
            None => !path.starts_with(nix_formats::store_path::STORE_DIRECTORY),
        }
    }
}

/// The input without what only programs read.
fn short(input: &Input) -> String {
    let mut input = input.clone();
    for name in ["narHash", "lastModified", "revCount", "pins"] {
        input.attributes_mut().remove(name);
    }
    input.to_text()
}
