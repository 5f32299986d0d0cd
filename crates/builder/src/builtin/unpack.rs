//! Takes one file out of an archive, whatever its kind: tar (plain or compressed with gzip, xz or zstd) or zip.

use super::at;
use crate::{BuildFailure, Cancellation};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// More than any single program.
const MOST_MEMBER_BYTES: u64 = 8 << 30;
/// More than any archive holds after decompression.
const MOST_ARCHIVE_BYTES: u64 = 64 << 30;
/// How many names an error shows.
const SHOWN_NAMES: usize = 5;

/// What is wanted of an archive.
pub(super) struct Member<'a> {
    pub name: &'a str,
    pub cancellation: &'a Cancellation,
}

/// Writes one file of the archive at `archive` to `out`.
pub(super) fn extract(archive: &Path, member: &Member<'_>, out: &Path) -> Result<(), BuildFailure> {
    let mut file = File::open(archive).map_err(at("read", archive))?;
    let mut magic = [0; 6];
    let length = read_up_to(&mut file, &mut magic).map_err(at("read", archive))?;
    file.seek(SeekFrom::Start(0)).map_err(at("read", archive))?;
    let content = BufReader::with_capacity(1 << 18, file);
    match &magic[..length] {
        [b'P', b'K', 3 | 5, ..] => member.zip_member(content, out),
        [0x1f, 0x8b, ..] => member.tar_member(flate2::read::MultiGzDecoder::new(content), out),
        [0xfd, b'7', b'z', b'X', b'Z', 0] => {
            member.tar_member(liblzma::read::XzDecoder::new_multi_decoder(content), out)
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            let decoder = zstd::Decoder::with_buffer(content);
            member.tar_member(decoder.map_err(at("read", archive))?, out)
        }
        _ => member.tar_member(content, out),
    }
}

fn read_up_to(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read(&mut buffer[length..])? {
            0 => break,
            count => length += count,
        }
    }
    Ok(length)
}

impl Member<'_> {
    fn tar_member(&self, reader: impl Read, out: &Path) -> Result<(), BuildFailure> {
        let failed = |error| BuildFailure::caused_by(format!("find '{}' in the archive", self.name), error);
        let mut archive = tar::Archive::new(reader.take(MOST_ARCHIVE_BYTES));
        let mut names = Vec::new();
        for entry in archive.entries().map_err(failed)? {
            let mut entry = entry.map_err(failed)?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            if same(&name, self.name) {
                if !entry.header().entry_type().is_file() {
                    return Err(BuildFailure::new(format!("'{}' is no regular file", self.name)));
                }
                let size = entry.size();
                return self.copy(&mut entry, size, out);
            }
            if names.len() < SHOWN_NAMES && entry.header().entry_type().is_file() {
                names.push(name);
            }
        }
        Err(self.missing(&names))
    }

    fn zip_member(&self, reader: BufReader<File>, out: &Path) -> Result<(), BuildFailure> {
        let failed = |error| BuildFailure::caused_by(format!("find '{}' in the archive", self.name), error);
        let mut archive = zip::ZipArchive::new(reader).map_err(failed)?;
        let Some(index) = (0..archive.len()).find(|index| {
            archive
                .name_for_index(*index)
                .is_some_and(|name| same(name, self.name))
        }) else {
            let names: Vec<String> = archive
                .file_names()
                .take(SHOWN_NAMES)
                .map(str::to_owned)
                .collect();
            return Err(self.missing(&names));
        };
        let mut entry = archive.by_index(index).map_err(failed)?;
        if !entry.is_file() {
            return Err(BuildFailure::new(format!("'{}' is no regular file", self.name)));
        }
        let size = entry.size();
        self.copy(&mut entry, size, out)
    }

    fn copy(&self, content: &mut dyn Read, size: u64, out: &Path) -> Result<(), BuildFailure> {
        let wrong = |what: &str| BuildFailure::new(format!("'{}' {what}", self.name));
        if size > MOST_MEMBER_BYTES {
            return Err(wrong("is larger than anything that is unpacked here"));
        }
        let mut file = File::create(out).map_err(at("write", out))?;
        let mut content = content.take(size.saturating_add(1));
        let mut buffer = vec![0; 1 << 18];
        let mut written = 0;
        loop {
            if self.cancellation.is_cancelled() {
                return Err(BuildFailure::cancelled());
            }
            let count = content
                .read(&mut buffer)
                .map_err(|error| BuildFailure::caused_by(format!("unpack '{}'", self.name), error))?;
            if count == 0 {
                break;
            }
            file.write_all(&buffer[..count]).map_err(at("write", out))?;
            written += count as u64;
        }
        if written != size {
            return Err(wrong("has not the size that the archive says"));
        }
        Ok(())
    }

    fn missing(&self, names: &[String]) -> BuildFailure {
        let names = match names {
            [] => "nothing".to_owned(),
            names => names.join(", "),
        };
        BuildFailure::new(format!(
            "the archive has no file '{}'; it begins with {names}",
            self.name
        ))
    }
}

/// Whether two paths of archives name the same file.
fn same(left: &str, right: &str) -> bool {
    let parts = |path| str::split(path, '/').filter(|part| !matches!(*part, "" | "."));
    parts(left).eq(parts(right))
}

#[cfg(test)]
pub(super) mod testing {
    //! Makes archives.

    use std::io::{Cursor, Write};

    pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_uid(0);
            header.set_gid(0);
            header.set_mtime(1);
            builder
                .append_data(&mut header, name, *content)
                .expect("memory can be written");
        }
        builder.into_inner().expect("memory can be written")
    }

    pub fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("memory can be written");
        encoder.finish().expect("memory can be written")
    }

    pub fn xz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
        encoder.write_all(bytes).expect("memory can be written");
        encoder.finish().expect("memory can be written")
    }

    pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        for (name, content) in files {
            writer.start_file(*name, options).expect("memory can be written");
            writer.write_all(content).expect("memory can be written");
        }
        writer.finish().expect("memory can be written").into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{gzip, tar, zip};
    use super::{Member, extract};
    use crate::Cancellation;

    fn extracted(archive: &[u8], name: &str) -> Result<Vec<u8>, String> {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (from, out) = (folder.path().join("archive"), folder.path().join("out"));
        std::fs::write(&from, archive).expect("a file can be written");
        let cancellation = Cancellation::default();
        let member = Member {
            name,
            cancellation: &cancellation,
        };
        extract(&from, &member, &out).map_err(|failure| failure.to_string())?;
        Ok(std::fs::read(out).expect("the output is a file"))
    }

    #[test]
    fn names_are_compared_by_their_parts() {
        let archive = tar(&[("./a//b", b"1"), ("a/bc", b"2")]);
        for (name, expected) in [("a/b", "1"), ("/a/b", "1"), ("a/bc", "2")] {
            assert_eq!(
                extracted(&archive, name),
                Ok(expected.as_bytes().to_vec()),
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_not_there_is_said() {
        let table: [(Vec<u8>, &str, &str); 5] = [
            (
                tar(&[("x", b"1"), ("y", b"2")]),
                "z",
                "no file 'z'; it begins with x, y",
            ),
            (zip(&[("x", b"1")]), "z", "no file 'z'; it begins with x"),
            (Vec::new(), "z", "no file 'z'; it begins with nothing"),
            (gzip(&tar(&[("x", &[7; 9000])]))[..60].to_vec(), "x", "'x'"),
            (b"PK\x03\x04 not a zip".to_vec(), "x", "find 'x'"),
        ];
        for (archive, name, expected) in table {
            let error = extracted(&archive, name).expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn every_truncation_is_an_error_or_the_whole_file() {
        let content: Vec<u8> = (0..20_000u32).flat_map(u32::to_le_bytes).collect();
        for archive in [gzip(&tar(&[("x", &content)])), zip(&[("x", &content)])] {
            for length in (0..archive.len()).step_by(997) {
                if let Ok(bytes) = extracted(&archive[..length], "x") {
                    assert_eq!(bytes, content, "{length}");
                }
            }
        }
    }
}
