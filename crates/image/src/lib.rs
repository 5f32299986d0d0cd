//! Compiles packages into objects and links objects into machine images.

pub mod boot;
pub mod disk;
pub mod erofs;
pub mod link;
pub mod object;
pub mod system;
pub mod tree;
pub mod verity;
