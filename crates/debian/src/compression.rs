//! Decompressors of what archives publish, with bounds on the memory they take.

use std::io::{self, Read};

/// Memory that an xz decoder may take; `xz -9` needs 65 MiB.
const XZ_MEMORY_BYTES: u64 = 512 << 20;
/// Logarithm of the largest zstd window; `zstd --ultra -22` needs 27.
const ZSTD_WINDOW_LOG: u32 = 27;

/// A reader of bytes whose file name ends with `suffix` (`xz`, `gz`, …); nothing for one that is not known.
pub(crate) fn reader<'a>(suffix: &str, bytes: &'a [u8]) -> Option<io::Result<Box<dyn Read + 'a>>> {
    Some(match suffix {
        "" => Ok(Box::new(bytes)),
        "gz" => Ok(Box::new(flate2::bufread::MultiGzDecoder::new(bytes))),
        "bz2" => Ok(Box::new(bzip2::bufread::MultiBzDecoder::new(bytes))),
        "xz" => xz(bytes).map(|reader| Box::new(reader) as Box<dyn Read>),
        "zst" => zstandard(bytes).map(|reader| Box::new(reader) as Box<dyn Read>),
        _ => return None,
    })
}

fn xz(bytes: &[u8]) -> io::Result<impl Read> {
    let flags = liblzma::stream::CONCATENATED;
    let stream = liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY_BYTES, flags)?;
    Ok(liblzma::bufread::XzDecoder::new_stream(bytes, stream))
}

fn zstandard(bytes: &[u8]) -> io::Result<impl Read> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(decoder)
}
