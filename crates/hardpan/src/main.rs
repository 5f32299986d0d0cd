//! The `hardpan` command: parses arguments, shows progress and renders errors.

fn main() {}
