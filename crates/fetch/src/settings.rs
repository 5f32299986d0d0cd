//! What the user's environment says about reaching the network, read once by the command line.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::S3Settings;

/// How to reach the network.
#[derive(Clone, Debug)]
pub struct Settings {
    /// PEM file of certificate authorities; without it the system's own are used.
    pub certificate_file: Option<PathBuf>,
    /// Whether nothing but files may be reached.
    pub offline: bool,
    /// Sent as `User-Agent`.
    pub user_agent: String,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long the server may think before it answers.
    pub response_timeout: Duration,
    /// How long a server may be silent in the middle of an answer.
    pub stall_timeout: Duration,
    /// What a server must send on average while it is waited for, else it counts as silent.
    pub slowest_bytes_per_second: u64,
    /// A file with names and passwords for servers.
    pub netrc_file: Option<PathBuf>,
    /// How to reach `s3:` addresses.
    pub s3: S3Settings,
    /// Attempts per address.
    pub attempts: u32,
    /// Wait before the second attempt; doubled for each further one.
    pub first_wait: Duration,
    /// Set to stop all transfers.
    pub cancelled: Arc<AtomicBool>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            certificate_file: None,
            offline: false,
            user_agent: concat!("hardpan/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(15),
            response_timeout: Duration::from_secs(60),
            stall_timeout: Duration::from_secs(60),
            slowest_bytes_per_second: 512,
            netrc_file: None,
            s3: S3Settings::default(),
            attempts: 4,
            first_wait: Duration::from_millis(250),
            cancelled: Arc::default(),
        }
    }
}

impl Settings {
    /// Reads what Nix and OpenSSL users set. Proxies (`http_proxy`, `https_proxy`, `all_proxy`, `no_proxy`) and
    /// `SSL_CERT_FILE` are honoured by the HTTP and TLS libraries themselves.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let certificate_file = ["NIX_SSL_CERT_FILE", "SSL_CERT_FILE"]
            .into_iter()
            .filter_map(&variable)
            .map(PathBuf::from)
            .find(|path| path.is_file());
        Self {
            certificate_file,
            s3: S3Settings::from_environment(variable),
            ..Self::default()
        }
    }
}
