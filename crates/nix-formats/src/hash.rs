//! Digests as Nix writes them: base 16, base 32, base 64 and SRI.

use std::fmt;
use std::io;
use std::str::FromStr;

use base64::Engine as _;
use base64::alphabet::STANDARD as STANDARD_ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD as BASE64};
use sha2::Digest as _;

use crate::nix32;

/// The digest algorithms that a Nix store knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashAlgorithm {
    /// MD5, for old fixed-output sources only.
    Md5,
    /// SHA-1, for old fixed-output sources and git objects.
    Sha1,
    /// SHA-256, what the store itself uses.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl HashAlgorithm {
    /// All of them.
    pub const ALL: [HashAlgorithm; 4] = [Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// The name that stands before the digest, such as `sha256`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// The length of a digest in bytes.
    pub const fn size(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for HashAlgorithm {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == text)
            .ok_or_else(|| HashError::UnknownAlgorithm(text.to_owned()))
    }
}

/// Why a text is not a digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// No algorithm has this name.
    #[error("unknown hash algorithm '{0}', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'")]
    UnknownAlgorithm(String),
    /// The text names no algorithm and none was expected.
    #[error("hash '{0}' does not include a type, nor is the type otherwise known from context")]
    MissingAlgorithm(String),
    /// The text names another algorithm than the expected one.
    #[error("hash '{text}' should have type '{expected}'")]
    WrongAlgorithm {
        /// The digest as given.
        text: String,
        /// What was expected.
        expected: HashAlgorithm,
    },
    /// The digest has a length or digit that no encoding allows.
    #[error("hash '{text}' has wrong length for hash algorithm '{algorithm}'")]
    WrongLength {
        /// The digest as given.
        text: String,
        /// Its algorithm.
        algorithm: HashAlgorithm,
    },
    /// The digest has a digit that its encoding does not have.
    #[error("hash '{text}' is no valid {algorithm} digest in base 16, base 32 or base 64")]
    Malformed {
        /// The digest as given.
        text: String,
        /// Its algorithm.
        algorithm: HashAlgorithm,
    },
}

/// What is wrong with a digest: its length, unless some encoding has that one.
fn fault(text: &str, digest: &str, algorithm: HashAlgorithm) -> HashError {
    let size = algorithm.size();
    let lengths = [size * 2, (size * 8 - 1) / 5 + 1, size.div_ceil(3) * 4];
    let text = text.to_owned();
    match lengths.contains(&digest.len()) {
        true => HashError::Malformed { text, algorithm },
        false => HashError::WrongLength { text, algorithm },
    }
}

/// A digest and the algorithm that made it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash {
    algorithm: HashAlgorithm,
    bytes: [u8; 64],
}

impl Hash {
    /// The digest of `data`.
    pub fn of(algorithm: HashAlgorithm, data: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(data);
        hasher.finish()
    }

    /// The SHA-256 digest of `data`.
    pub fn sha256(data: &[u8]) -> Self {
        Self::of(HashAlgorithm::Sha256, data)
    }

    /// A digest from its bytes; nothing if their number is not the algorithm's.
    pub fn from_bytes(algorithm: HashAlgorithm, digest: &[u8]) -> Option<Self> {
        if digest.len() != algorithm.size() {
            return None;
        }
        let mut bytes = [0; 64];
        bytes[..digest.len()].copy_from_slice(digest);
        Some(Self { algorithm, bytes })
    }

    /// Reads SRI (`sha256-…`), `algorithm:digest`, or a bare digest if `expected` says what it is. The digest may be in
    /// base 16, base 32 or base 64, told apart by length.
    pub fn parse_any(text: &str, expected: Option<HashAlgorithm>) -> Result<Self, HashError> {
        let (named, digest, is_sri) = split_algorithm(text)?;
        let algorithm = match (named, expected) {
            (Some(named), Some(expected)) if named != expected => {
                return Err(HashError::WrongAlgorithm {
                    text: text.to_owned(),
                    expected,
                });
            }
            (Some(algorithm), _) | (None, Some(algorithm)) => algorithm,
            (None, None) => return Err(HashError::MissingAlgorithm(text.to_owned())),
        };
        decode_digest(algorithm, digest, is_sri)
            .and_then(|bytes| Self::from_bytes(algorithm, &bytes))
            .ok_or_else(|| fault(text, digest, algorithm))
    }

    /// The algorithm.
    pub fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The digest itself.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.algorithm.size()]
    }

    /// `sha256-` and base 64.
    pub fn to_sri(&self) -> String {
        format!("{}-{}", self.algorithm, self.to_base64())
    }

    /// The digest in Nix's base 32, without the algorithm.
    pub fn to_nix32(&self) -> String {
        nix32::encode(self.as_bytes())
    }

    /// The digest in lower case hexadecimal, without the algorithm.
    pub fn to_base16(&self) -> String {
        use fmt::Write as _;
        self.as_bytes()
            .iter()
            .fold(String::with_capacity(128), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
    }

    /// The digest in base 64 with padding, without the algorithm.
    pub fn to_base64(&self) -> String {
        BASE64.encode(self.as_bytes())
    }

    /// `sha256:` and Nix's base 32, the form in narinfo files and content addresses.
    pub fn to_prefixed_nix32(&self) -> String {
        format!("{}:{}", self.algorithm, self.to_nix32())
    }

    /// `sha256:` and hexadecimal, the form in the store's database.
    pub fn to_prefixed_base16(&self) -> String {
        format!("{}:{}", self.algorithm, self.to_base16())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_sri())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_sri())
    }
}

fn split_algorithm(text: &str) -> Result<(Option<HashAlgorithm>, &str, bool), HashError> {
    if let Some((name, digest)) = text.split_once(':') {
        return Ok((Some(name.parse()?), digest, false));
    }
    if let Some((name, digest)) = text.split_once('-') {
        return Ok((Some(name.parse()?), digest, true));
    }
    Ok((None, text, false))
}

fn decode_digest(algorithm: HashAlgorithm, digest: &str, is_sri: bool) -> Option<Vec<u8>> {
    let size = algorithm.size();
    if !is_sri && digest.len() == size * 2 {
        return decode_base16(digest);
    }
    if !is_sri && digest.len() == nix32::encoded_length(size) {
        return nix32::decode(digest);
    }
    let is_whole = is_sri || digest.len() == size.div_ceil(3) * 4;
    is_whole.then(|| decode_base64(digest)).flatten()
}

/// As Nix reads it: what fills the last group up may lack, and nothing after it counts; nor do line breaks and the bits
/// that make no whole byte.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true);
    let digits: Vec<u8> = text
        .bytes()
        .take_while(|byte| *byte != b'=')
        .filter(|byte| *byte != b'\n')
        .collect();
    GeneralPurpose::new(&STANDARD_ALPHABET, lenient)
        .decode(digits)
        .ok()
}

fn decode_base16(text: &str) -> Option<Vec<u8>> {
    let nibble = |byte: u8| char::from(byte).to_digit(16);
    text.as_bytes()
        .chunks(2)
        .map(|pair| Some((nibble(pair[0])? << 4 | nibble(*pair.get(1)?)?) as u8))
        .collect()
}

/// Computes a digest piece by piece.
#[derive(Clone)]
pub struct Hasher {
    state: State,
}

#[derive(Clone)]
enum State {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
    Sha512(Box<sha2::Sha512>),
}

impl Hasher {
    /// A hasher that has seen nothing.
    pub fn new(algorithm: HashAlgorithm) -> Self {
        let state = match algorithm {
            HashAlgorithm::Md5 => State::Md5(md5::Md5::default()),
            HashAlgorithm::Sha1 => State::Sha1(sha1::Sha1::default()),
            HashAlgorithm::Sha256 => State::Sha256(sha2::Sha256::default()),
            HashAlgorithm::Sha512 => State::Sha512(Box::default()),
        };
        Self { state }
    }

    /// Takes in more data.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.state {
            State::Md5(state) => state.update(data),
            State::Sha1(state) => state.update(data),
            State::Sha256(state) => state.update(data),
            State::Sha512(state) => state.update(data),
        }
    }

    /// The digest of all that was taken in.
    pub fn finish(self) -> Hash {
        match self.state {
            State::Md5(state) => Hash::from_bytes(HashAlgorithm::Md5, &state.finalize()),
            State::Sha1(state) => Hash::from_bytes(HashAlgorithm::Sha1, &state.finalize()),
            State::Sha256(state) => Hash::from_bytes(HashAlgorithm::Sha256, &state.finalize()),
            State::Sha512(state) => Hash::from_bytes(HashAlgorithm::Sha512, &state.finalize()),
        }
        .expect("a digest has its algorithm's length")
    }
}

impl io::Write for Hasher {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.update(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn prints_every_form_of_a_digest() {
        let hash = Hash::sha256(b"abc");
        assert_eq!(hash.to_base16(), ABC);
        assert_eq!(
            hash.to_nix32(),
            "1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s"
        );
        assert_eq!(
            hash.to_sri(),
            "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
        );
        let table = [
            (HashAlgorithm::Md5, "3jgzhjhz9zjvbb0kyj7jc500ch"),
            (HashAlgorithm::Sha1, "kpcd173cq987hw957sx6m0868wv3x6d9"),
        ];
        for (algorithm, expected) in table {
            assert_eq!(Hash::of(algorithm, b"abc").to_nix32(), expected, "{algorithm}");
        }
    }

    #[test]
    fn reads_every_form_of_a_digest() {
        let hash = Hash::sha256(b"abc");
        let sha256 = Some(HashAlgorithm::Sha256);
        let forms = [
            (hash.to_sri(), None),
            (hash.to_prefixed_base16(), None),
            (hash.to_prefixed_nix32(), sha256),
            (format!("sha256:{}", hash.to_base64()), None),
            (hash.to_base16(), sha256),
            (ABC.to_uppercase(), sha256),
            (hash.to_nix32(), sha256),
            (hash.to_base64(), sha256),
            (hash.to_sri().trim_end_matches('=').to_owned(), None),
            (format!("{}=", hash.to_sri()), None),
            (hash.to_sri().replace("FQC1", "FQ\nC1"), None),
        ];
        for (text, expected) in forms {
            assert_eq!(Hash::parse_any(&text, expected), Ok(hash), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_digest() {
        let hash = Hash::sha256(b"abc");
        assert!(matches!(
            Hash::parse_any(ABC, None),
            Err(HashError::MissingAlgorithm(_))
        ));
        assert!(matches!(
            Hash::parse_any(&hash.to_sri(), Some(HashAlgorithm::Sha512)),
            Err(HashError::WrongAlgorithm { .. })
        ));
        let without_padding = format!("sha256:{}", hash.to_base64().trim_end_matches('='));
        for text in [
            "sha256:ab",
            "sha256-",
            "sha256:é",
            "sha256-AAAA",
            &without_padding,
        ] {
            assert!(
                matches!(Hash::parse_any(text, None), Err(HashError::WrongLength { .. })),
                "{text}"
            );
        }
        assert!(matches!(
            Hash::parse_any("sha3:00", None),
            Err(HashError::UnknownAlgorithm(_))
        ));
    }
}
