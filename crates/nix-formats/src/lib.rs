//! Hashes, store paths, derivations, NAR, narinfo and signatures of the Nix store, without I/O.
