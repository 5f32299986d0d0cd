//! How archives in binary caches are compressed.

use std::io::{self, BufReader, Read, Write};
use std::str::FromStr;

const ZSTD_LEVEL: i32 = 3;
const XZ_LEVEL: u32 = 6;

/// A way to compress archives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// xz, small and slow.
    Xz,
    /// Zstandard, fast.
    Zstd,
    /// bzip2; read only by choice of its writers.
    Bzip2,
    /// gzip.
    Gzip,
}

impl FromStr for Compression {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "none" | "" => Ok(Self::None),
            "xz" => Ok(Self::Xz),
            "zstd" => Ok(Self::Zstd),
            "bzip2" => Ok(Self::Bzip2),
            "gzip" => Ok(Self::Gzip),
            _ => Err(()),
        }
    }
}

impl Compression {
    /// Its name in descriptions.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Gzip => "gzip",
        }
    }

    /// What files compressed with it are called.
    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Xz => ".xz",
            Self::Zstd => ".zst",
            Self::Bzip2 => ".bz2",
            Self::Gzip => ".gz",
        }
    }

    /// Reads what `source` has compressed.
    pub(super) fn reader<'a>(self, source: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::None => Box::new(source),
            Self::Xz => Box::new(liblzma::read::XzDecoder::new_multi_decoder(source)),
            Self::Zstd => Box::new(zstd::stream::read::Decoder::new(source)?),
            Self::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(source)),
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::new(source))),
        })
    }

    /// Has `write` write to `sink` through the compression.
    pub(super) fn compress<W: Write, E: From<io::Error>>(
        self,
        level: Option<i32>,
        sink: W,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<W, E> {
        let level_or = |usual: u32| {
            level
                .and_then(|level| u32::try_from(level).ok())
                .unwrap_or(usual)
                .min(9)
        };
        match self {
            Self::None => {
                let mut sink = sink;
                write(&mut sink)?;
                Ok(sink)
            }
            Self::Xz => {
                let mut encoder = liblzma::write::XzEncoder::new(sink, level_or(XZ_LEVEL));
                write(&mut encoder)?;
                Ok(encoder.finish()?)
            }
            Self::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(sink, level.unwrap_or(ZSTD_LEVEL))?;
                write(&mut encoder)?;
                Ok(encoder.finish()?)
            }
            Self::Bzip2 => {
                let mut encoder = bzip2::write::BzEncoder::new(sink, bzip2::Compression::best());
                write(&mut encoder)?;
                Ok(encoder.finish()?)
            }
            Self::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(sink, flate2::Compression::new(level_or(6)));
                write(&mut encoder)?;
                Ok(encoder.finish()?)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let text = b"some text, some text, some text".repeat(1000);
        for compression in [
            Compression::None,
            Compression::Xz,
            Compression::Zstd,
            Compression::Bzip2,
            Compression::Gzip,
        ] {
            let packed = compression
                .compress(None, Vec::new(), |sink| sink.write_all(&text))
                .unwrap();
            let mut unpacked = Vec::new();
            compression
                .reader(packed.as_slice())
                .unwrap()
                .read_to_end(&mut unpacked)
                .unwrap();
            assert_eq!(unpacked, text, "{compression:?}");
            assert_eq!(compression.name().parse(), Ok(compression));
        }
    }
}
