//! `s3://bucket/key` addresses: which HTTP request they mean, and its signature (AWS Signature Version 4).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use nix_formats::Hash;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::Error;

const DEFAULT_REGION: &str = "us-east-1";
const DEFAULT_PROFILE: &str = "default";
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const BLOCK_BYTES: usize = 64;
/// What stands for itself in a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Where keys for S3 are found; read when the first request needs them.
#[derive(Clone, Debug)]
pub struct S3Settings {
    /// The keys in the environment, which go before those in files.
    keys: Option<Keys>,
    /// The profile to use where an address names none.
    profile: String,
    files: Vec<PathBuf>,
    /// Tells the time, which stands in signatures.
    pub clock: fn() -> SystemTime,
}

impl Default for S3Settings {
    fn default() -> Self {
        Self {
            keys: None,
            profile: DEFAULT_PROFILE.to_owned(),
            files: Vec::new(),
            clock: SystemTime::now,
        }
    }
}

/// A key to sign with.
#[derive(Clone)]
struct Keys {
    id: String,
    secret: String,
    token: Option<String>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Keys({})", self.id)
    }
}

impl S3Settings {
    /// What users of AWS's own tools set.
    pub(crate) fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let full = |name: &str| variable(name).filter(|value| !value.is_empty());
        let keys = full("AWS_ACCESS_KEY_ID")
            .zip(full("AWS_SECRET_ACCESS_KEY"))
            .map(|(id, secret)| Keys {
                id,
                secret,
                token: full("AWS_SESSION_TOKEN"),
            });
        let home = full("HOME").map(|home| PathBuf::from(home).join(".aws"));
        let file = |name: &str, usual: &str| {
            full(name)
                .map(PathBuf::from)
                .or_else(|| home.as_ref().map(|home| home.join(usual)))
        };
        let files = [
            file("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
            file("AWS_CONFIG_FILE", "config"),
        ];
        Self {
            keys,
            profile: full("AWS_PROFILE").unwrap_or_else(|| DEFAULT_PROFILE.to_owned()),
            files: files.into_iter().flatten().collect(),
            clock: SystemTime::now,
        }
    }

    /// The keys of `profile`, or of the one that is in use; none means that requests are not signed.
    fn keys(&self, profile: Option<&str>) -> Option<Keys> {
        if profile.is_none() && self.keys.is_some() {
            return self.keys.clone();
        }
        let profile = profile.unwrap_or(&self.profile);
        let read = |file: &PathBuf| keys_in(&fs::read_to_string(file).ok()?, profile);
        self.files.iter().find_map(read)
    }
}

/// The keys of a profile in a file with sections.
fn keys_in(text: &str, profile: &str) -> Option<Keys> {
    let mut values = BTreeMap::new();
    let mut is_wanted = false;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let name = section.trim();
            is_wanted = name.strip_prefix("profile ").map_or(name, str::trim) == profile;
        } else if let (true, Some((key, value))) = (is_wanted, line.split_once('=')) {
            values.insert(key.trim(), value.trim());
        }
    }
    Some(Keys {
        id: (*values.get("aws_access_key_id")?).to_owned(),
        secret: (*values.get("aws_secret_access_key")?).to_owned(),
        token: values.get("aws_session_token").map(|token| (*token).to_owned()),
    })
}

/// An address taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct S3Address {
    scheme: String,
    host: String,
    /// With a slash in front, encoded.
    path: String,
    region: String,
    profile: Option<String>,
}

/// An HTTP request.
pub(crate) struct Signed {
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl S3Address {
    /// Reads `s3://bucket/key?region=…&endpoint=…&scheme=…&profile=…`.
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let bad = |reason: &str| Error::BadUrl {
            url: url.to_owned(),
            reason: reason.to_owned(),
        };
        let rest = url
            .strip_prefix("s3://")
            .ok_or_else(|| bad("it is no s3 address"))?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut parameters = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_decode_str(value).decode_utf8();
            parameters.insert(
                name,
                value.map_err(|_| bad("a parameter is not UTF-8"))?.into_owned(),
            );
        }
        let (bucket, key) = place.split_once('/').unwrap_or((place, ""));
        if bucket.is_empty() {
            return Err(bad("it names no bucket"));
        }
        let mut take = |name: &str| parameters.remove(name).filter(|value| !value.is_empty());
        let region = take("region").unwrap_or_else(|| DEFAULT_REGION.to_owned());
        let key = percent_decode_str(key.trim_start_matches('/'))
            .decode_utf8()
            .map_err(|_| bad("the key is not UTF-8"))?;
        let key = utf8_percent_encode(&key, PATH);
        let mut scheme = take("scheme").unwrap_or_else(|| "https".to_owned());
        let (host, path) = match take("endpoint") {
            Some(endpoint) => {
                let host = match endpoint.split_once("://") {
                    Some((given, host)) => {
                        scheme = given.to_owned();
                        host
                    }
                    None => &endpoint,
                };
                (host.trim_end_matches('/').to_owned(), format!("/{bucket}/{key}"))
            }
            // A certificate for all buckets does not cover names with dots.
            None if bucket.contains('.') => {
                (format!("s3.{region}.amazonaws.com"), format!("/{bucket}/{key}"))
            }
            None => (format!("{bucket}.s3.{region}.amazonaws.com"), format!("/{key}")),
        };
        Ok(Self {
            scheme,
            host,
            path,
            region,
            profile: take("profile"),
        })
    }

    /// The request that `method` with content of this digest makes.
    pub(crate) fn request(&self, method: &str, content: &Hash, settings: &S3Settings) -> Signed {
        let url = format!("{}://{}{}", self.scheme, self.host, self.path);
        let Some(keys) = settings.keys(self.profile.as_deref()) else {
            return Signed {
                url,
                headers: Vec::new(),
            };
        };
        let scope = Scope {
            time: timestamp((settings.clock)()),
            region: &self.region,
            service: "s3",
        };
        let mut headers = BTreeMap::from([
            ("x-amz-content-sha256".to_owned(), content.to_base16()),
            ("x-amz-date".to_owned(), scope.time.clone()),
        ]);
        if let Some(token) = &keys.token {
            headers.insert("x-amz-security-token".to_owned(), token.clone());
        }
        let mut signed = headers.clone();
        signed.insert("host".to_owned(), self.host.clone());
        let authorization = scope.authorization(method, &self.path, &signed, &content.to_base16(), &keys);
        headers.insert("authorization".to_owned(), authorization);
        Signed {
            url,
            headers: headers.into_iter().collect(),
        }
    }
}

/// What a signature is good for.
struct Scope<'a> {
    /// As `20150830T123600Z`.
    time: String,
    region: &'a str,
    service: &'a str,
}

impl Scope<'_> {
    fn authorization(
        &self,
        method: &str,
        path: &str,
        headers: &BTreeMap<String, String>,
        content_hash: &str,
        keys: &Keys,
    ) -> String {
        let names: Vec<&str> = headers.keys().map(String::as_str).collect();
        let names = names.join(";");
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}:{}\n", value.trim()))
            .collect();
        let request = format!("{method}\n{path}\n\n{lines}\n{names}\n{content_hash}");
        let day = &self.time[..8];
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let text = format!(
            "{ALGORITHM}\n{}\n{scope}\n{}",
            self.time,
            Hash::sha256(request.as_bytes()).to_base16()
        );
        let start = format!("AWS4{}", keys.secret).into_bytes();
        let key = [day, self.region, self.service, "aws4_request"]
            .into_iter()
            .fold(start, |key, part| keyed_hash(&key, part.as_bytes()));
        let signature = keyed_hash(&key, text.as_bytes())
            .iter()
            .fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            });
        let id = &keys.id;
        format!("{ALGORITHM} Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}")
    }
}

/// HMAC with SHA-256 (RFC 2104).
fn keyed_hash(key: &[u8], message: &[u8]) -> Vec<u8> {
    let key = match key.len() > BLOCK_BYTES {
        true => Hash::sha256(key).as_bytes().to_vec(),
        false => key.to_vec(),
    };
    let padded = |pad: u8| -> Vec<u8> {
        let mut block = vec![pad; BLOCK_BYTES];
        block.iter_mut().zip(&key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Hash::sha256(&[padded(0x36), message.to_vec()].concat());
    Hash::sha256(&[padded(0x5c), inner.as_bytes().to_vec()].concat())
        .as_bytes()
        .to_vec()
}

/// Date and time as `20150830T123600Z`.
fn timestamp(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Year, month and day of a number of days since 1970, by eras of 400 years that begin in March.
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = (shifted_month + 2) % 12 + 1;
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_request_is_signed_as_the_services_own_example_says() {
        // "get-vanilla" of the test suite for Signature Version 4.
        let scope = Scope {
            time: timestamp(UNIX_EPOCH + Duration::from_secs(1_440_938_160)),
            region: "us-east-1",
            service: "service",
        };
        let keys = Keys {
            id: "AKIDEXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            token: None,
        };
        let headers = BTreeMap::from([
            ("host".to_owned(), "example.amazonaws.com".to_owned()),
            ("x-amz-date".to_owned(), scope.time.clone()),
        ]);
        assert_eq!(scope.time, "20150830T123600Z");
        let nothing = Hash::sha256(b"").to_base16();
        assert_eq!(
            scope.authorization("GET", "/", &headers, &nothing, &keys),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        );
    }

    #[test]
    fn an_address_says_where_to_ask() {
        for (url, expected) in [
            ("s3://b/a/k.x", "https://b.s3.us-east-1.amazonaws.com/a/k.x"),
            (
                "s3://b/k?region=eu-west-1",
                "https://b.s3.eu-west-1.amazonaws.com/k",
            ),
            ("s3://a.b/k", "https://s3.us-east-1.amazonaws.com/a.b/k"),
            (
                "s3://b/k?endpoint=localhost:1&scheme=http",
                "http://localhost:1/b/k",
            ),
            ("s3://b/k?endpoint=http://localhost:1/", "http://localhost:1/b/k"),
            ("s3://b/a b+c", "https://b.s3.us-east-1.amazonaws.com/a%20b%2Bc"),
        ] {
            let request = S3Address::parse(url).unwrap();
            let request = request.request("GET", &Hash::sha256(b""), &S3Settings::default());
            assert_eq!(request.url, expected, "{url}");
            assert!(request.headers.is_empty(), "without keys nothing is signed");
        }
        assert!(S3Address::parse("s3:///key").is_err());
    }

    #[test]
    fn keys_are_found_by_profile() {
        let text = "[default]\naws_access_key_id = A\naws_secret_access_key=B\n\n[profile other]\n\
                    aws_access_key_id = C\naws_secret_access_key = D=\naws_session_token = E\n[broken]\n";
        let keys = |profile| keys_in(text, profile).map(|keys| (keys.id, keys.secret, keys.token));
        assert_eq!(keys("default"), Some(("A".into(), "B".into(), None)));
        assert_eq!(keys("other"), Some(("C".into(), "D=".into(), Some("E".into()))));
        assert_eq!(keys("broken"), None);
    }
}
