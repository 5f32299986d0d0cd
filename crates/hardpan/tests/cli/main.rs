//! The command line on small flakes, without network: what it prints, what it writes and how it ends.

mod build;
mod check;
mod copy;
mod errors;
mod eval;
mod interrupted;
mod locks;
mod machines;
mod nix_names;
mod pipes;
mod places;
mod project;
mod repl;
mod s3;
mod settings;
mod stock_nix;
mod store;
mod talk;
