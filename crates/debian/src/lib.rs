//! Debian as an input: signatures, indexes, versions, the resolver and .deb reading.

mod date;
mod deb822;

pub mod deb;
pub mod index;
pub mod lock;
pub mod relation;
pub mod resolve;
pub mod signature;
pub mod tree;
pub mod version;

#[cfg(test)]
mod damage;
#[cfg(test)]
mod testing;
