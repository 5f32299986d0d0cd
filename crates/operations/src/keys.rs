//! Keys that sign store paths.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use nix_formats::signature::SecretKey;

use crate::{Error, Session};

/// A new secret key.
pub fn generate(name: &str) -> Result<SecretKey, Error> {
    if name.is_empty() || name.contains(':') {
        return Err(Error::Usage(format!(
            "'{name}' is no name of a key: it may not be empty or have a colon"
        )));
    }
    let source = "/dev/urandom";
    let mut seed = [0; 32];
    fs::File::open(source)
        .and_then(|mut file| file.read_exact(&mut seed))
        .map_err(Error::files("read", source))?;
    Ok(SecretKey::from_seed(name, seed))
}

/// The text of the public half of a secret key's text.
pub fn public_of(secret: &str) -> Result<String, Error> {
    let key: SecretKey = secret.trim().parse().map_err(|_| {
        Error::Usage("standard input has no secret key: a name, a colon and base 64".to_owned())
    })?;
    Ok(key.public_key().to_string())
}

/// Makes a key and writes both halves.
pub fn write_pair(session: &Session, name: &str, secret: &Path, public: &Path) -> Result<(), Error> {
    let key = generate(name)?;
    let current = &session.settings().current_folder;
    let secret = current.join(secret);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
        .open(&secret)
        .and_then(|mut file| file.write_all(key.to_secret_text().as_bytes()))
        .map_err(Error::files("write", &secret))?;
    let public = current.join(public);
    fs::write(&public, key.public_key().to_string()).map_err(Error::files("write", &public))
}
