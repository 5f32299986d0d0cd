//! Sends requests over HTTP, or reads files, with retries.

use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use nix_formats::Hash;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::transport::{ConnectProxyConnector, Connector as _, RustlsConnector};
use ureq::{Agent, Body, RequestBuilder};

use crate::connect::{Names, Pace, Plug, Stop};
use crate::location::{self, Location};
use crate::netrc::{self, Login};
use crate::{Error, Settings, Unverified};

/// How long one answer may take at all; what matters is that bytes keep coming.
const LONGEST_TRANSFER: Duration = Duration::from_secs(7 * 24 * 3600);
/// How often a server that fell silent is asked again, before the next place is tried.
const MOST_STALLS: u32 = 1;
/// How long it may take until a wish to stop is heard.
const PATIENCE: Duration = Duration::from_millis(50);

const MAXIMUM_REDIRECTS: u32 = 10;

/// How much a caller is ready to take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most bytes of content.
    pub bytes: u64,
}

impl Limits {
    /// At most `bytes` of content.
    pub const fn bytes(bytes: u64) -> Self {
        Self { bytes }
    }
}

/// A small document that was fetched whole.
#[derive(Clone, Debug)]
pub struct Response {
    /// What came.
    pub content: Unverified,
    /// The address after redirects.
    pub url: String,
    /// How the server says that it packed the content for the way (`Content-Encoding`); it is still packed.
    pub encoding: Option<String>,
}

/// The network client. Cheap to share between threads.
#[derive(Debug)]
pub struct Fetcher {
    settings: Settings,
    agent: OnceLock<Agent>,
    netrc: OnceLock<String>,
}

/// Content on its way.
pub(crate) struct Stream {
    pub(crate) reader: Box<dyn Read + Send>,
    /// Bytes announced, if they were.
    pub(crate) length: Option<u64>,
    pub(crate) url: String,
    /// The address a `Link: <…>; rel="immutable"` header names.
    pub(crate) immutable_url: Option<String>,
    /// How the content is packed for the way.
    pub(crate) encoding: Option<String>,
}

impl Fetcher {
    /// A client; nothing is read or opened before the first request.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            agent: OnceLock::new(),
            netrc: OnceLock::new(),
        }
    }

    /// Fetches a small document. Transient failures are tried again.
    pub fn get(&self, url: &str, limits: Limits) -> Result<Response, Error> {
        self.get_with_headers(url, &[], limits)
    }

    /// Fetches a small document with further request headers.
    pub fn get_with_headers(
        &self,
        url: &str,
        headers: &[(String, String)],
        limits: Limits,
    ) -> Result<Response, Error> {
        self.retry(url, || {
            let mut stream = self.open(url, headers)?;
            let mut bytes = Vec::new();
            let read = stream
                .reader
                .by_ref()
                .take(limits.bytes.saturating_add(1))
                .read_to_end(&mut bytes);
            read.map_err(|error| transfer(url, &error))?;
            if bytes.len() as u64 > limits.bytes {
                return Err(Error::TooLarge {
                    url: url.to_owned(),
                    limit: limits.bytes,
                });
            }
            check_length(url, stream.length, bytes.len() as u64)?;
            Ok(Response {
                content: Unverified::new(url, bytes),
                url: stream.url,
                encoding: stream.encoding,
            })
        })
    }

    /// Fetches the first of `urls` that works.
    pub fn get_first(&self, urls: &[String], limits: Limits) -> Result<Response, Error> {
        first_of(urls, |url| self.get(url, limits))
    }

    /// Runs `attempt` again, with growing waits, while its failure may pass.
    pub(crate) fn retry<T>(&self, url: &str, attempt: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
        let mut wait = self.settings.first_wait;
        let mut stalls = 0;
        for left in (0..self.settings.attempts).rev() {
            self.check_cancelled(url)?;
            match attempt() {
                Err(Error::Stalled { .. }) if left > 0 && stalls < MOST_STALLS => stalls += 1,
                Err(error) if left > 0 && error.is_transient() => self.pause(wait),
                Err(error) => return self.check_cancelled(url).and(Err(error)),
                result => return result,
            }
            wait = wait.saturating_mul(2);
        }
        Err(Error::NoSource { what: url.to_owned() })
    }

    fn pause(&self, wait: Duration) {
        let end = Instant::now() + wait;
        while Instant::now() < end && !self.settings.cancelled.load(Ordering::Relaxed) {
            thread::sleep((end - Instant::now()).min(PATIENCE));
        }
    }

    pub(crate) fn check_cancelled(&self, url: &str) -> Result<(), Error> {
        if self.settings.cancelled.load(Ordering::Relaxed) {
            return Err(Error::Interrupted { url: url.to_owned() });
        }
        Ok(())
    }

    /// Where `url` leads, if the settings allow to go there.
    pub(crate) fn locate<'u>(&self, url: &'u str) -> Result<Location<'u>, Error> {
        let location = location::parse(url)?;
        match location {
            Location::File(_) => Ok(location),
            Location::Http(_) | Location::S3(_) => self.check_online(url).map(|()| location),
        }
    }

    /// Fails where the settings allow no network: for programs that go to `url` by themselves.
    pub fn check_online(&self, url: &str) -> Result<(), Error> {
        match self.settings.offline {
            true => Err(Error::Offline { url: url.to_owned() }),
            false => Ok(()),
        }
    }

    pub(crate) fn open(&self, url: &str, headers: &[(String, String)]) -> Result<Stream, Error> {
        match self.locate(url)? {
            Location::File(path) => {
                let read = |source| Error::Read {
                    path: path.clone(),
                    source,
                };
                let file = File::open(&path).map_err(read)?;
                let metadata = file.metadata().map_err(read)?;
                let length = metadata.is_file().then_some(metadata.len());
                Ok(Stream {
                    reader: Box::new(file),
                    length,
                    url: url.to_owned(),
                    immutable_url: None,
                    encoding: None,
                })
            }
            Location::Http(address) => self.request(url, address, headers),
            Location::S3(address) => {
                let request = address.request("GET", &Hash::sha256(b""), &self.settings.s3);
                let headers = [headers, &request.headers].concat();
                self.request(url, &request.url, &headers)
            }
        }
    }

    /// Whether there is something at `url`, found out without fetching it.
    pub fn exists(&self, url: &str) -> Result<bool, Error> {
        self.retry(url, || {
            let (address, headers) = match self.locate(url)? {
                Location::File(path) => return Ok(path.exists()),
                Location::Http(address) => (address.to_owned(), Vec::new()),
                Location::S3(address) => {
                    let request = address.request("HEAD", &Hash::sha256(b""), &self.settings.s3);
                    (request.url, request.headers)
                }
            };
            let request = self.with_headers(self.agent().head(&address), &address, &headers);
            let response = request.call().map_err(|error| request_error(url, &error))?;
            match response.status().as_u16() {
                200..=299 => Ok(true),
                404 | 410 => Ok(false),
                // Some servers do not know the question; asking for the thing itself is an answer too.
                405 | 501 => match self.open(url, &[]) {
                    Ok(_) => Ok(true),
                    Err(error) if error.is_not_found() => Ok(false),
                    Err(error) => Err(error),
                },
                status => Err(Error::Status {
                    url: url.to_owned(),
                    status,
                }),
            }
        })
    }

    /// Adds headers, and what the user's files say about the server.
    pub(crate) fn with_headers<B>(
        &self,
        mut request: RequestBuilder<B>,
        address: &str,
        headers: &[(String, String)],
    ) -> RequestBuilder<B> {
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let is_authorized = headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        match self.login(address).filter(|_| !is_authorized) {
            None => request,
            Some(login) => {
                let words = BASE64.encode(format!("{}:{}", login.user, login.password));
                request.header("authorization", format!("Basic {words}"))
            }
        }
    }

    fn login(&self, address: &str) -> Option<Login> {
        let file = self.settings.netrc_file.as_ref()?;
        let text = self
            .netrc
            .get_or_init(|| std::fs::read_to_string(file).unwrap_or_default());
        let address: ureq::http::Uri = address.parse().ok()?;
        netrc::login(text, address.host()?)
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    fn request(&self, url: &str, address: &str, headers: &[(String, String)]) -> Result<Stream, Error> {
        let request = self.with_headers(self.agent().get(address), address, headers);
        let response = request.call().map_err(|error| request_error(url, &error))?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(Error::Status {
                url: url.to_owned(),
                status,
            });
        }
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let length = header("content-length").and_then(|value| value.parse().ok());
        let immutable_url = header("link").and_then(immutable_link);
        let encoding = header("content-encoding").map(str::to_owned);
        let final_url = ureq::ResponseExt::get_uri(&response).to_string();
        let body: Body = response.into_body();
        Ok(Stream {
            reader: Box::new(body.into_reader()),
            length,
            url: final_url,
            immutable_url,
            encoding,
        })
    }

    pub(crate) fn agent(&self) -> &Agent {
        self.agent.get_or_init(|| {
            let tls = TlsConfig::builder().root_certs(self.root_certificates()).build();
            let config = Agent::config_builder()
                .tls_config(tls)
                .user_agent(&self.settings.user_agent)
                .timeout_connect(Some(self.settings.connect_timeout))
                .timeout_recv_response(Some(self.settings.response_timeout))
                .timeout_recv_body(Some(LONGEST_TRANSFER))
                .max_redirects(MAXIMUM_REDIRECTS)
                .http_status_as_error(false)
                .build();
            let stop = Stop(Arc::clone(&self.settings.cancelled));
            let plug = Plug {
                stop: stop.clone(),
                pace: Pace {
                    stall_timeout: self.settings.stall_timeout,
                    slowest_bytes_per_second: self.settings.slowest_bytes_per_second,
                },
            };
            let connector =
                ().chain(ConnectProxyConnector::default())
                    .chain(plug)
                    .chain(RustlsConnector::default());
            Agent::with_parts(config, connector, Names::new(stop))
        })
    }

    /// The user's file, else the system's authorities, else the ones compiled in.
    fn root_certificates(&self) -> RootCerts {
        let from_file = self
            .settings
            .certificate_file
            .as_ref()
            .and_then(|path| std::fs::read(path).ok());
        let mut certificates: Vec<Certificate<'static>> = from_file
            .iter()
            .flat_map(|pem| parse_pem(pem))
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            })
            .collect();
        if certificates.is_empty() {
            let system = rustls_native_certs::load_native_certs().certs;
            certificates = system
                .iter()
                .map(|der| Certificate::from_der(der).to_owned())
                .collect();
        }
        if certificates.is_empty() {
            RootCerts::WebPki
        } else {
            RootCerts::new_with_certs(&certificates)
        }
    }
}

/// The result of the first address that works, or what each of them said.
pub(crate) fn first_of<T>(
    urls: &[String],
    mut attempt: impl FnMut(&str) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut failures = Vec::new();
    for url in urls {
        match attempt(url) {
            Ok(value) => return Ok(value),
            Err(error) if error.is_final() => return Err(error),
            Err(error) => failures.push(error),
        }
    }
    if failures.len() > 1 {
        let what = file_name(&urls[0]).to_owned();
        return Err(Error::AllFailed { what, failures });
    }
    Err(failures.pop().unwrap_or(Error::NoSource {
        what: "a download without address".to_owned(),
    }))
}

fn file_name(url: &str) -> &str {
    url.trim_end_matches('/').rsplit('/').next().unwrap_or(url)
}

pub(crate) fn check_length(url: &str, expected: Option<u64>, actual: u64) -> Result<(), Error> {
    match expected {
        Some(expected) if expected != actual => Err(Error::WrongSize {
            url: url.to_owned(),
            expected,
            actual,
        }),
        _ => Ok(()),
    }
}

pub(crate) fn transfer(url: &str, error: &io::Error) -> Error {
    let url = url.to_owned();
    let reason = error.to_string();
    match error.kind() {
        io::ErrorKind::TimedOut => Error::Stalled { url, reason },
        _ => Error::Transfer { url, reason },
    }
}

pub(crate) fn request_error(url: &str, error: &ureq::Error) -> Error {
    let url = url.to_owned();
    let reason = error.to_string();
    match error {
        ureq::Error::HostNotFound => Error::NoNetwork {
            url,
            reason: "the host name is unknown".to_owned(),
        },
        ureq::Error::ConnectionFailed | ureq::Error::ConnectProxyFailed(_) | ureq::Error::Io(_) => {
            Error::NoNetwork { url, reason }
        }
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => Error::BadUrl { url, reason },
        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
            Error::NoNetwork { url, reason }
        }
        ureq::Error::Timeout(_) => Error::Stalled { url, reason },
        _ => Error::Transfer { url, reason },
    }
}

/// The target of the first link with relation `immutable` (the lockable tarball protocol).
fn immutable_link(header: &str) -> Option<String> {
    header.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_immutable = parameters.split(';').any(|parameter| {
            let parameter = parameter.trim();
            parameter == "rel=\"immutable\"" || parameter == "rel=immutable"
        });
        is_immutable.then(|| target.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_immutable_link_is_found_among_others() {
        let header = r#"<https://a/x>; rel="next", <https://a/b.tar.gz?rev=1>; rel="immutable""#;
        assert_eq!(
            immutable_link(header).as_deref(),
            Some("https://a/b.tar.gz?rev=1")
        );
        assert_eq!(immutable_link("<https://a/x>; rel=next"), None);
    }
}
