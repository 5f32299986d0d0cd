//! An archive on the loopback interface, for tests.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use fetch::{Fetcher, Settings};
use tempfile::TempDir;

use super::*;
use crate::testing::{Options, Server, Signer};

/// 2026-11-21 09:15:44 UTC, when the archive's release file was signed.
pub(super) const SIGNED: u32 = 1_795_252_544;
const NOW: u64 = 1_795_300_000;

/// An archive that can be changed between requests.
pub(super) struct World {
    pub folder: TempDir,
    pub server: Server,
    pub signer: Signer,
    pub keyring: Keyring,
    pub fetcher: Fetcher,
}

/// How the archive's files are written.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub date: &'static str,
    pub more: &'static str,
    pub package: &'static str,
    pub compression: &'static str,
    pub by_hash: bool,
    /// Signatures in a file of their own.
    pub apart: bool,
    /// No suites: all files lie together.
    pub flat: bool,
    /// A form that only the release file names.
    pub only_named: Option<&'static str>,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            date: "Sat, 21 Nov 2026 09:15:44 UTC",
            more: "",
            package: "one",
            compression: ".xz",
            by_hash: true,
            apart: false,
            flat: false,
            only_named: None,
        }
    }
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let signer = Signer::new(&Options::default());
        let mut keyring = Keyring::default();
        keyring
            .add("test", &signer.certificate())
            .expect("the key is sound");
        let world = Self {
            server: Server::start(&folder.path().join("www")),
            folder,
            signer,
            keyring,
            fetcher: Fetcher::new(Settings {
                attempts: 1,
                first_wait: Duration::from_millis(1),
                ..Settings::default()
            }),
        };
        world.publish(&Shape::default());
        world
    }

    pub fn suite_folder(&self) -> PathBuf {
        self.folder.path().join("www/vendor/dists/trixie")
    }

    pub fn put(&self, path: &str, bytes: &[u8]) {
        let path = self.suite_folder().join(path);
        fs::create_dir_all(path.parent().expect("the path has a folder")).expect("it can be made");
        fs::write(path, bytes).expect("it can be written");
    }

    /// Writes the archive anew.
    pub fn publish(&self, shape: &Shape) {
        let packages = format!(
            "Package: {}\nVersion: 1\nArchitecture: amd64\nFilename: pool/x.deb\nSHA256: {}\n",
            shape.package,
            "0".repeat(64)
        );
        let bytes = compress(shape.compression, packages.as_bytes());
        let digest = Hash::sha256(&bytes).to_base16();
        let inner = if shape.flat { "" } else { "main/binary-amd64/" };
        let name = format!("{inner}Packages{}", shape.compression);
        let named = shape
            .only_named
            .map(|form| format!(" {} 5 {inner}{form}\n", "a".repeat(64)))
            .unwrap_or_default();
        let by_hash = if shape.by_hash {
            "Acquire-By-Hash: yes\n"
        } else {
            ""
        };
        let release = format!(
            "Suite: stable\nCodename: trixie\nDate: {}\n{by_hash}Components: main\n{}SHA256:\n {digest} {} {name}\n{named}",
            shape.date,
            shape.more,
            bytes.len()
        );
        let top = if shape.flat { "../../" } else { "" };
        if shape.apart {
            self.put(&format!("{top}Release"), release.as_bytes());
            let signature = self.signer.sign_apart(release.as_bytes(), SIGNED);
            self.put(&format!("{top}Release.gpg"), &signature);
            let _ = fs::remove_file(self.suite_folder().join("InRelease"));
        } else {
            self.put(&format!("{top}InRelease"), &self.signer.sign(&release, SIGNED));
        }
        if shape.by_hash {
            self.put(&format!("{top}{inner}by-hash/SHA256/{digest}"), &bytes);
        } else {
            self.put(&format!("{top}{name}"), &bytes);
        }
    }

    pub fn mirror(&self) -> String {
        format!("{}/vendor", self.server.address)
    }

    pub fn request(&self) -> LockRequest<'_> {
        LockRequest {
            archives: vec![Archive {
                name: "vendor".to_owned(),
                mirrors: vec![self.mirror()],
                keyring: &self.keyring,
                suites: vec![Suite {
                    name: "trixie".to_owned(),
                    components: vec!["main".to_owned()],
                }],
            }],
            architecture: "amd64".to_owned(),
            now: NOW,
            previous: None,
        }
    }

    pub fn out(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn lock(&self, name: &str) -> Result<Locked, LockError> {
        lock(&self.fetcher, &self.request(), &self.out(name))
    }

    pub fn restore(&self, pins: &Pins, name: &str) -> Result<Locked, LockError> {
        let mirrors = BTreeMap::from([("vendor".to_owned(), vec![self.mirror()])]);
        restore(&self.fetcher, &mirrors, &self.keyring, pins, &self.out(name))
    }
}

fn compress(suffix: &str, bytes: &[u8]) -> Vec<u8> {
    match suffix {
        ".xz" => {
            let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
            encoder.write_all(bytes).expect("writing to memory works");
            encoder.finish().expect("writing to memory works")
        }
        ".gz" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).expect("writing to memory works");
            encoder.finish().expect("writing to memory works")
        }
        ".bz2" => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            encoder.write_all(bytes).expect("writing to memory works");
            encoder.finish().expect("writing to memory works")
        }
        ".zst" => zstd::encode_all(bytes, 1).expect("writing to memory works"),
        _ => bytes.to_vec(),
    }
}
