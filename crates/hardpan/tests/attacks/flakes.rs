//! The author of a flake: reads of the user's files, bytes without a hash, lock files that were edited.
