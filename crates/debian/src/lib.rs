//! Debian as an input: signatures, indexes, versions, the resolver and .deb reading.

mod deb822;

pub mod deb;
pub mod index;
pub mod relation;
pub mod resolve;
pub mod tree;
pub mod version;
