//! Puts files where addresses say.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

use nix_formats::hash::Hasher;
use nix_formats::{Hash, HashAlgorithm};
use ureq::SendBody;

use crate::client::request_error;
use crate::location::Location;
use crate::{Error, Fetcher};

const PIECE_BYTES: usize = 256 * 1024;

/// What is put somewhere.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// Bytes.
    Bytes(&'a [u8]),
    /// What is in a file.
    File(&'a Path),
}

impl Fetcher {
    /// Puts `content` at `url`, in place of what is there. Transient failures are tried again.
    pub fn put(&self, url: &str, content: Content<'_>, content_type: &str) -> Result<(), Error> {
        self.retry(url, || {
            let kind = ("content-type".to_owned(), content_type.to_owned());
            match self.locate(url)? {
                Location::File(path) => write(&path, content),
                Location::Http(address) => self.send(url, address, vec![kind], content),
                Location::S3(address) => {
                    let hash = hash_of(content)?;
                    let request = address.request("PUT", &hash, &self.settings().s3);
                    let headers = request.headers.into_iter().chain([kind]).collect();
                    self.send(url, &request.url, headers, content)
                }
            }
        })
    }

    fn send(
        &self,
        url: &str,
        address: &str,
        mut headers: Vec<(String, String)>,
        content: Content<'_>,
    ) -> Result<(), Error> {
        let request = self.agent().put(address);
        let sent = match content {
            Content::Bytes(bytes) => self.with_headers(request, address, &headers).send(bytes),
            Content::File(path) => {
                let mut file = open(path)?;
                let size = file.seek(io::SeekFrom::End(0)).map_err(reading(path))?;
                file.rewind().map_err(reading(path))?;
                headers.push(("content-length".to_owned(), size.to_string()));
                self.with_headers(request, address, &headers)
                    .send(SendBody::from_reader(&mut file))
            }
        };
        let response = sent.map_err(|error| request_error(url, &error))?;
        match response.status().as_u16() {
            200..=299 => Ok(()),
            status => Err(Error::Status {
                url: url.to_owned(),
                status,
            }),
        }
    }
}

/// Writes a file in one step, so that nobody sees half of it.
fn write(path: &Path, content: Content<'_>) -> Result<(), Error> {
    let writing = |source| Error::Write {
        path: path.to_owned(),
        source,
    };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(writing)?;
    }
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".tmp-{}", std::process::id()));
    let temporary = Path::new(&temporary);
    let written = match content {
        Content::Bytes(bytes) => File::create(temporary).and_then(|mut file| file.write_all(bytes)),
        Content::File(source) => fs::copy(source, temporary).map(drop),
    };
    written
        .and_then(|()| fs::rename(temporary, path))
        .map_err(|source| {
            let _ = fs::remove_file(temporary);
            writing(source)
        })
}

fn open(path: &Path) -> Result<File, Error> {
    File::open(path).map_err(reading(path))
}

fn reading(path: &Path) -> impl Fn(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Read {
        path: path.clone(),
        source,
    }
}

fn hash_of(content: Content<'_>) -> Result<Hash, Error> {
    let path = match content {
        Content::Bytes(bytes) => return Ok(Hash::sha256(bytes)),
        Content::File(path) => path,
    };
    let mut file = open(path)?;
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match file.read(&mut piece).map_err(reading(path))? {
            0 => return Ok(hasher.finish()),
            count => hasher.update(&piece[..count]),
        }
    }
}
