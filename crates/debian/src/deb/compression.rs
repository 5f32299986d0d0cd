//! Streams the members of a package through the decompressor that their names ask for.

use std::io::{self, Read};

use super::DebError;
use super::ar::Member;

/// Memory that an xz decoder may take; `xz -9` needs 65 MiB.
const XZ_MEMORY_BYTES: u64 = 512 << 20;
/// Logarithm of the largest zstd window; `zstd --ultra -22` needs 27.
const ZSTD_WINDOW_LOG: u32 = 27;

/// A reader of the member's content after decompression.
pub(super) fn decompress<'a>(member: &Member<'a>) -> Result<Box<dyn Read + 'a>, DebError> {
    let suffix = member.name.split_once(".tar").map_or("", |(_, suffix)| suffix);
    let failed = |source| DebError::Read {
        member: member.name.clone(),
        source,
    };
    Ok(match suffix {
        "" => Box::new(member.content),
        ".gz" => Box::new(flate2::bufread::MultiGzDecoder::new(member.content)),
        ".xz" => Box::new(xz(member.content).map_err(failed)?),
        ".zst" => Box::new(zstandard(member.content).map_err(failed)?),
        _ => {
            return Err(DebError::UnknownCompression {
                member: member.name.clone(),
            });
        }
    })
}

/// A reader of xz-compressed bytes.
pub(crate) fn xz(bytes: &[u8]) -> io::Result<impl Read> {
    let flags = liblzma::stream::CONCATENATED;
    let stream = liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY_BYTES, flags)?;
    Ok(liblzma::bufread::XzDecoder::new_stream(bytes, stream))
}

fn zstandard(bytes: &[u8]) -> io::Result<impl Read> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(decoder)
}
