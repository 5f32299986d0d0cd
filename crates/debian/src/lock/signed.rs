//! Signed release files in both forms that archives publish: `InRelease`, or `Release` with `Release.gpg`.

use std::path::Path;

use fetch::{Download, Fetcher, Limits};
use nix_formats::{Hash, HashAlgorithm};

use super::{LockError, MirrorProblem, Pin, make_parent, write};
use crate::signature::{Keyring, Moment, SignatureError, SignedText};
use crate::suite::Suite;
use crate::tree::{LockedSuite, read_bounded};

/// Most bytes of a release file; Debian's have 150 KB.
pub(super) const MOST_RELEASE_BYTES: u64 = 16 << 20;

/// A release file with its signatures, as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SignedRelease {
    /// `InRelease`, or `Release`.
    bytes: Vec<u8>,
    /// `Release.gpg`.
    signature: Option<Vec<u8>>,
}

impl SignedRelease {
    /// Asks a mirror for `InRelease`, and where it has none for `Release` and `Release.gpg`.
    pub fn fetch(fetcher: &Fetcher, mirror: &str, suite: &Suite) -> Result<Self, MirrorProblem> {
        let get = |file: &str| {
            let limits = Limits::bytes(MOST_RELEASE_BYTES);
            let response = fetcher.get(&suite.address(mirror, file), limits);
            response.map(|response| response.content.into_bytes())
        };
        let inline = match get("InRelease") {
            Ok(bytes) => {
                return Ok(Self {
                    bytes,
                    signature: None,
                });
            }
            Err(error) => error,
        };
        if !is_absent(&inline) {
            return Err(Box::new(inline).into());
        }
        // Where there is no other form either, the usual one is what is missed.
        let Ok(bytes) = get("Release") else {
            return Err(Box::new(inline).into());
        };
        match get("Release.gpg") {
            Ok(signature) => Ok(Self {
                bytes,
                signature: Some(signature),
            }),
            Err(error) if is_absent(&error) => Err(MirrorProblem::Unsigned),
            Err(error) => Err(Box::new(error).into()),
        }
    }

    /// Fetches what is pinned into the tree at `out`, which `locked` describes.
    pub fn fetch_pinned(
        fetcher: &Fetcher,
        bases: &[String],
        suite: &Suite,
        pin: &Pin,
        locked: &LockedSuite,
        out: &Path,
    ) -> Result<(), LockError> {
        let mut wanted = vec![(locked.release_file(), pin.in_release.as_str())];
        if let (Some(file), Some(hash)) = (locked.signature_file(), &pin.signature) {
            wanted.push((file, hash));
        }
        for (file, hash) in wanted {
            let expected = Hash::parse_any(hash, Some(HashAlgorithm::Sha256));
            let expected = expected.map_err(|error| LockError::BadRequest {
                reason: error.to_string(),
            })?;
            let name = file.rsplit('/').next().unwrap_or_default();
            let urls = bases.iter().map(|base| suite.address(base, name)).collect();
            let mut request = Download::verified(urls, expected);
            request.limit = Some(MOST_RELEASE_BYTES);
            let path = out.join(&file);
            make_parent(&path)?;
            let gone = |source| LockError::Gone {
                file,
                date: pin.date,
                source: Box::new(source),
            };
            fetcher.download(&request, &path, &|_| {}).map_err(gone)?;
        }
        Ok(())
    }

    /// Reads the release file of a suite of the tree at `tree`.
    pub fn read(tree: &Path, locked: &LockedSuite) -> Result<Self, LockError> {
        let read = |file: String| {
            let path = tree.join(file);
            read_bounded(&path, MOST_RELEASE_BYTES).map_err(|source| LockError::Read { path, source })
        };
        Ok(Self {
            bytes: read(locked.release_file())?,
            signature: locked.signature_file().map(read).transpose()?,
        })
    }

    /// What was signed, if a key of `keyring` signed it.
    pub fn verify(&self, keyring: &Keyring, moment: Moment) -> Result<SignedText, SignatureError> {
        match &self.signature {
            Some(signature) => keyring.verify_detached(&self.bytes, signature, moment),
            None => keyring.verify(&self.bytes, moment),
        }
    }

    /// SHA-256 of the release file.
    pub fn digest(&self) -> String {
        Hash::sha256(&self.bytes).to_base16()
    }

    /// SHA-256 of the file with the signatures, where they stand in one.
    pub fn signature_digest(&self) -> Option<String> {
        let signature = self.signature.as_ref();
        signature.map(|signature| Hash::sha256(signature).to_base16())
    }

    /// Writes the files into the tree at `out`.
    pub fn write(&self, locked: &LockedSuite, out: &Path) -> Result<(), LockError> {
        write(&out.join(locked.release_file()), &self.bytes)?;
        match (locked.signature_file(), &self.signature) {
            (Some(file), Some(signature)) => write(&out.join(file), signature),
            _ => Ok(()),
        }
    }
}

/// Whether the servers say that there is no such file. Object stores that do not list their content say that nobody
/// may read it.
pub(super) fn is_absent(error: &fetch::Error) -> bool {
    match error {
        fetch::Error::AllFailed { failures, .. } => failures.iter().all(is_absent),
        fetch::Error::Status { status: 403, .. } => true,
        other => other.is_not_found(),
    }
}
