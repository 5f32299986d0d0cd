//! Any text is a package index or an error, and so are the relations of its packages.

#![no_main]

use debian::{index, relation, version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(records) = index::parse_packages(text, "amd64") else { return };
    for record in &records {
        assert!(!record.filename.starts_with('/') && !record.filename.split('/').any(|part| part == ".."));
        for field in [&record.depends, &record.pre_depends, &record.provides, &record.conflicts, &record.breaks] {
            for group in relation::parse(field).unwrap_or_default() {
                assert!(relation::parse(&relation::display(&group)).is_ok());
            }
        }
        let _ = version::compare(&record.version, &records[0].version);
        let _ = debian::address("http://mirror", &record.filename);
    }
});
