//! Packages made up for tests, and a reader that knows EROFS and dm-verity only from their descriptions.

pub mod erofs;
pub mod packages;
