//! The promises of realising derivations, with built-in builders made for the tests and with programs in sandboxes.

mod collection;
mod failures;
mod outputs;
mod processes;
mod programs;
mod schedule;
mod sealing;
mod stock_nix;
mod substitute;
mod workshop;
