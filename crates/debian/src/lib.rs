//! Debian as an input: signatures, indexes, versions, the resolver and .deb reading.

mod address;
mod compression;
mod date;
mod deb822;
mod suite;

pub mod deb;
pub mod index;
pub mod lock;
pub mod relation;
pub mod resolve;
pub mod signature;
pub mod tree;
pub mod version;

pub use address::address;

#[cfg(test)]
mod damage;
#[cfg(test)]
mod testing;
