//! Where Debian's archives are fetched from.

use std::collections::BTreeMap;

use crate::Settings;

/// Base addresses by archive, best first.
pub(crate) fn mirrors(_settings: &Settings) -> BTreeMap<String, Vec<String>> {
    let public = [
        ("debian", "http://deb.debian.org/debian"),
        ("debian-security", "http://deb.debian.org/debian-security"),
    ];
    public
        .into_iter()
        .map(|(archive, address)| (archive.to_owned(), vec![address.to_owned()]))
        .collect()
}
