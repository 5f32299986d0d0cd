//! What maintainer scripts would have done, as pure functions over the merged tree.

pub mod depmod;

/// A generator cannot do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SystemError {}
