//! The only network client: downloads bytes and verifies them against a known hash.
//!
//! What comes from outside is [`Unverified`] until [`Unverified::verify`] has compared it with a digest that was known
//! beforehand; [`Fetcher::download`] does the same for files while it writes them.

mod client;
mod connect;
mod content;
mod download;
mod error;
mod location;
mod netrc;
mod npm;
mod npmrc;
mod s3;
mod settings;
mod upload;

pub use client::{Fetcher, Limits, Response};
pub use content::{Unverified, Verified};
pub use download::{Download, Downloaded};
pub use error::{Error, HashMismatch};
pub use npm::{NpmPackage, NpmSource};
pub use npmrc::NpmConfiguration;
pub use s3::S3Settings;
pub use settings::Settings;
pub use upload::Content;
