//! What tests of several modules need: small trees, keys made on the spot, a server on the loopback interface.

mod server;
mod signer;
mod tree;

pub(crate) use server::Server;
pub(crate) use signer::{Options, Signer};
pub(crate) use tree::{source_of, write_tree, write_tree_of};
