//! Streams the members of a package through the decompressor that their names ask for.

use std::io::Read;

use super::DebError;
use super::ar::Member;
use crate::compression;

/// A reader of the member's content after decompression.
pub(super) fn decompress<'a>(member: &Member<'a>) -> Result<Box<dyn Read + 'a>, DebError> {
    let suffix = member.name.split_once(".tar").map_or("", |(_, suffix)| suffix);
    let unknown = || DebError::UnknownCompression {
        member: member.name.clone(),
    };
    let suffix = match suffix {
        "" => "",
        suffix => suffix.strip_prefix('.').ok_or_else(unknown)?,
    };
    let reader = compression::reader(suffix, member.content).ok_or_else(unknown)?;
    reader.map_err(|source| DebError::Read {
        member: member.name.clone(),
        source,
    })
}
