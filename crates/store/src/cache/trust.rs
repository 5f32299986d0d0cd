//! Whom to believe about what a store path's content is.

use nix_formats::narinfo::NarInfo;
use nix_formats::{PublicKey, Signature, store_path};

/// Whom to believe.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Whose signatures count.
    pub keys: Vec<PublicKey>,
    /// Whether what nobody signed is taken too.
    pub takes_unsigned: bool,
}

impl Trust {
    /// Whether what `info` says may be believed: somebody trusted signed it, or the path's name follows from its
    /// content, which is compared when it comes.
    pub fn accepts(&self, info: &NarInfo) -> bool {
        self.takes_unsigned || is_named_by_content(info) || self.is_signed(info)
    }

    fn is_signed(&self, info: &NarInfo) -> bool {
        self.signatures(info) > 0
    }

    /// How many signatures of `info` are by keys that count.
    pub fn signatures(&self, info: &NarInfo) -> usize {
        let text = info.fingerprint();
        let is_good =
            |signature: &&Signature| self.keys.iter().any(|key| key.verify(text.as_bytes(), signature));
        info.signatures.iter().filter(is_good).count()
    }
}

/// Whether the name of a path follows from its content, so that nobody has to be believed.
pub fn is_named_by_content(info: &NarInfo) -> bool {
    info.content_address.is_some_and(|address| {
        store_path::content_addressed_path(info.store_path.name(), &address, &info.references)
            .is_ok_and(|path| path == info.store_path)
    })
}
