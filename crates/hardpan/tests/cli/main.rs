//! The command line on small flakes, without network: what it prints, what it writes and how it ends.

mod build;
mod copy;
mod errors;
mod eval;
mod interrupted;
mod locks;
mod nix_names;
mod places;
mod project;
mod repl;
mod stock_nix;
mod store;
