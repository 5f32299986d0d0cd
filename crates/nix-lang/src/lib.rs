//! Parses, compiles and evaluates the Nix language.
