//! Splits and joins URLs the way flake references write them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Everything but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const NOT_IN_QUERY: &AsciiSet = &RESERVED.remove(b':').remove(b'@').remove(b'/').remove(b'?');
const NOT_IN_PATH: &AsciiSet = &RESERVED.remove(b':').remove(b'@').remove(b'/');
/// In a fragment some people's attribute names have quotes and outputs a caret.
const NOT_IN_FRAGMENT: &AsciiSet = &NOT_IN_QUERY.remove(b' ').remove(b'^').remove(b'"').remove(b'*');

/// A URL in its parts. Path, query values and fragment are decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Url {
    /// What stands before the first colon.
    pub scheme: String,
    /// What stands after `//`, if that is there.
    pub authority: Option<String>,
    /// The path.
    pub path: String,
    /// The parameters after `?`.
    pub query: BTreeMap<String, String>,
    /// What stands after `#`.
    pub fragment: String,
}

impl Url {
    /// Splits `text`; nothing if it has no scheme or is malformed.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once(':')?;
        if !is_scheme(scheme) {
            return None;
        }
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find('/').unwrap_or(rest.len());
                (Some(rest[..end].to_owned()), &rest[end..])
            }
            None => (None, rest),
        };
        if authority
            .as_deref()
            .is_some_and(|authority| authority.contains(char::is_whitespace))
        {
            return None;
        }
        Some(Self {
            scheme: scheme.to_owned(),
            authority,
            path: decode(path)?,
            query: parse_query(query)?,
            fragment: decode(fragment)?,
        })
    }

    /// Joins the parts, parameters sorted by name.
    pub fn to_text(&self) -> String {
        let mut text = format!("{}:", self.scheme);
        if let Some(authority) = &self.authority {
            let _ = write!(text, "//{authority}");
        }
        let _ = write!(text, "{}", utf8_percent_encode(&self.path, NOT_IN_PATH));
        for (index, (name, value)) in self.query.iter().enumerate() {
            let separator = if index == 0 { '?' } else { '&' };
            let name = utf8_percent_encode(name, NOT_IN_QUERY);
            let _ = write!(
                text,
                "{separator}{name}={}",
                utf8_percent_encode(value, NOT_IN_QUERY)
            );
        }
        if !self.fragment.is_empty() {
            let _ = write!(text, "#{}", utf8_percent_encode(&self.fragment, NOT_IN_FRAGMENT));
        }
        text
    }
}

fn is_scheme(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_lowercase()) && text.bytes().all(allowed)
}

/// Decodes `%XX`; nothing if that gives no UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    Some(percent_decode_str(text).decode_utf8().ok()?.into_owned())
}

/// Splits `a=b&c=d`. A parameter without `=` is passed over.
pub(crate) fn parse_query(text: &str) -> Option<BTreeMap<String, String>> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| Some((decode(name)?, decode(value)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_survive_parsing_and_printing() {
        let table = [
            "git+file:///a/b?dir=c&ref=main",
            "github:owner/repository/branch",
            "path:/a%20b?narHash=sha256-a%2Bb/c%3D",
            "https://user@host:8080/x.tar.gz#frag",
        ];
        for text in table {
            assert_eq!(Url::parse(text).expect("it is a URL").to_text(), text);
        }
    }

    #[test]
    fn what_has_no_scheme_is_no_url() {
        for text in ["", "./a", "/a:b", "nixpkgs", "Git:x", "1a:x", "a b:c"] {
            assert_eq!(Url::parse(text), None, "{text}");
        }
    }
}
