//! The Nix-compatible store on disk: database, closures, roots, garbage collection.
