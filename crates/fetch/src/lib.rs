//! The only network client: downloads bytes and verifies them against a known hash.
