//! Tells the kinds of address apart.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::Error;
use crate::s3::S3Address;

/// Where an address leads.
pub(crate) enum Location<'a> {
    File(PathBuf),
    Http(&'a str),
    S3(S3Address),
}

pub(crate) fn parse(url: &str) -> Result<Location<'_>, Error> {
    let bad = |reason: &str| Error::BadUrl {
        url: url.to_owned(),
        reason: reason.to_owned(),
    };
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(bad("it is not a URL"));
    };
    match scheme {
        "http" | "https" => Ok(Location::Http(url)),
        "s3" => S3Address::parse(url).map(Location::S3),
        "file" => {
            let path = rest.strip_prefix("localhost").unwrap_or(rest);
            let path = path.split(['?', '#']).next().unwrap_or_default();
            if !path.starts_with('/') {
                return Err(bad("a file URL needs an absolute path"));
            }
            let path = percent_decode_str(path)
                .decode_utf8()
                .map_err(|_| bad("the path is not UTF-8"))?;
            Ok(Location::File(PathBuf::from(path.as_ref())))
        }
        _ => Err(bad("only http, https, s3 and file are supported")),
    }
}
