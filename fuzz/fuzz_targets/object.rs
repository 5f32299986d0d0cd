//! The tables of objects. What was read is looked at in every way that the linker has.
#![no_main]

use image::object::{Kind, Object};
use libfuzzer_sys::fuzz_target;

/// Where the table begins; its checksum is in the four bytes from 16 on.
const HEAD: usize = 24;

fuzz_target!(|table: &[u8]| {
    let mut table = table.to_vec();
    // A wrong checksum would keep the fuzzer from everything behind it.
    if let Some((head, rest)) = table.split_at_mut_checked(HEAD) {
        head[16..20].copy_from_slice(&crc32c::crc32c(rest).to_le_bytes());
    }
    let Ok(object) = Object::of_meta(table) else {
        return;
    };
    for entry in object.entries() {
        assert!(entry.path.starts_with('/') && !entry.path.split('/').any(|name| name == ".."));
        assert_eq!(object.entry(&entry.path), Some(entry));
        if let Kind::File(content) = &entry.kind {
            let (first, blocks) = content.block_range();
            assert!(u64::from(first) + u64::from(blocks) <= u64::from(object.blocks()));
            let _ = object.read_content(content);
        }
        let _ = object.file_content(&entry.path);
    }
    for member in &object.control().members {
        assert_eq!(object.slice(&member.content).len(), member.content.length as usize);
    }
});
