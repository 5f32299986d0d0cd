//! How servers and proxies pack an answer for the way, whatever is in it: `Content-Encoding`.

use std::io::{self, Read};

use super::Compression;

/// Reads what came over `source`, packed as `encoding` lists, the outermost last.
pub(super) fn unpacked<'a>(encoding: Option<&str>, source: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut reader: Box<dyn Read + 'a> = Box::new(source);
    for name in encoding.unwrap_or_default().split(',').rev() {
        reader = match name.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => reader,
            "gzip" | "x-gzip" => Compression::Gzip.reader(reader)?,
            "deflate" => Box::new(flate2::read::ZlibDecoder::new(reader)),
            "zstd" => Compression::Zstd.reader(reader)?,
            "xz" => Compression::Xz.reader(reader)?,
            "bzip2" | "x-bzip2" => Compression::Bzip2.reader(reader)?,
            other => {
                return Err(io::Error::other(format!(
                    "the server packed it as '{other}', which nobody asked for"
                )));
            }
        };
    }
    Ok(reader)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_for_the_way_is_unpacked() {
        let gzip = |text: &[u8]| {
            let packed =
                Compression::Gzip.compress::<_, io::Error>(None, Vec::new(), |sink| sink.write_all(text));
            packed.expect("memory takes it")
        };
        let zstd = |text: &[u8]| {
            let packed =
                Compression::Zstd.compress::<_, io::Error>(None, Vec::new(), |sink| sink.write_all(text));
            packed.expect("memory takes it")
        };
        let table = [
            (None, b"text".to_vec(), true),
            (Some("identity"), b"text".to_vec(), true),
            (Some("gzip"), gzip(b"text"), true),
            (Some("X-GZip"), gzip(b"text"), true),
            (Some("zstd"), zstd(b"text"), true),
            (Some("zstd, gzip"), gzip(&zstd(b"text")), true),
            (Some("gzip"), b"text".to_vec(), false),
            (Some("br"), b"text".to_vec(), false),
        ];
        for (encoding, content, expected) in table {
            let mut text = Vec::new();
            let read =
                unpacked(encoding, content.as_slice()).and_then(|mut reader| reader.read_to_end(&mut text));
            assert_eq!(read.is_ok() && text == b"text", expected, "{encoding:?}");
        }
    }
}
