//! Hashes, store paths, derivations, NAR, narinfo and signatures of the Nix store, without I/O.

mod aterm;
pub mod content_address;
pub mod derivation;
mod derivation_json;
pub mod hash;
pub mod nar;
pub mod narinfo;
pub mod nix32;
pub mod signature;
pub mod store_path;

pub use content_address::{ContentAddress, Method};
pub use derivation::{Derivation, Output};
pub use hash::{Hash, HashAlgorithm};
pub use signature::{PublicKey, SecretKey, Signature};
pub use store_path::StorePath;
