//! Flake references, inputs, the lock file and calling outputs.
