//! Where the trees in the store come from, so that messages can name the files that a person knows.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use flake::{Locked, source_folder};

/// Trees in the store with what people call them.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    known: Mutex<Vec<Origin>>,
}

#[derive(Debug)]
struct Origin {
    /// As it stands in messages.
    store_path: String,
    /// What a person calls it.
    shown: String,
    /// Whether the person can edit it.
    is_own: bool,
}

impl Origins {
    /// Notes the trees of a flake and its inputs.
    pub(crate) fn add(&self, locked: &Locked) {
        let inputs = locked.trees.iter().filter_map(|(node, tree)| {
            let input = locked.lock.node(*node).input.as_ref()?;
            Some((tree, &input.original.input))
        });
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for (tree, input) in [(&locked.flake.tree, &locked.flake.original.input)]
            .into_iter()
            .chain(inputs)
        {
            let folder = source_folder(input);
            let shown = match (&folder, input.kind()) {
                (Some(folder), _) => folder.display().to_string(),
                (None, _) if input.is_relative() => continue,
                (None, _) => format!("«{}»", input.to_text()),
            };
            known.push(Origin {
                store_path: tree.store_path.to_string(),
                shown,
                is_own: folder.is_some(),
            });
        }
    }

    /// The text with known trees called by their names.
    pub(crate) fn replace(&self, text: &str) -> String {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().fold(text.to_owned(), |text, origin| {
            text.replace(&origin.store_path, &origin.shown)
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
