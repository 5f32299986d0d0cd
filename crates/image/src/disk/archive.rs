//! Digest of an image's store path, computed from what is going to be written instead of read back.

use super::layout::DiskMap;
use nix_formats::hash::Hasher;
use nix_formats::nar::Writer;
use nix_formats::{Hash, HashAlgorithm};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// How much is read at a time.
const PIECE: usize = 1 << 18;

/// Where the support files lie beside the image.
pub(super) const SUPPORT: &str = "nix-support";

/// A directory with an image file and support files.
pub(super) struct Archive<'a> {
    pub file_name: &'a str,
    /// The image file's bytes.
    pub disk: &'a DiskMap,
    pub support: &'a BTreeMap<&'static str, String>,
}

impl Archive<'_> {
    /// SHA-256 and size of the directory's archive.
    pub fn hash(&self) -> io::Result<(Hash, u64)> {
        let sink = Counting {
            hasher: Hasher::new(HashAlgorithm::Sha256),
            size: 0,
        };
        let mut writer = Writer::new(sink)?;
        writer.open_directory()?;
        if self.file_name < SUPPORT {
            self.image(&mut writer)?;
            self.support(&mut writer)?;
        } else {
            self.support(&mut writer)?;
            self.image(&mut writer)?;
        }
        writer.close_directory()?;
        let Counting { hasher, size } = writer.finish()?;
        Ok((hasher.finish(), size))
    }

    fn image(&self, writer: &mut Writer<Counting>) -> io::Result<()> {
        let size = self.disk.size;
        writer.entry(self.file_name.as_bytes())?;
        writer.begin_regular(false, size)?;
        let mut buffer = vec![0; PIECE];
        for offset in (0..size).step_by(PIECE) {
            let part = &mut buffer[..(size - offset).min(PIECE as u64) as usize];
            self.disk.read(offset, part)?;
            writer.sink().write_all(part)?;
        }
        writer.end_regular(size)
    }

    fn support(&self, writer: &mut Writer<Counting>) -> io::Result<()> {
        writer.entry(SUPPORT.as_bytes())?;
        writer.open_directory()?;
        for (name, text) in self.support {
            writer.entry(name.as_bytes())?;
            writer.regular_bytes(false, text.as_bytes())?;
        }
        writer.close_directory()
    }
}

struct Counting {
    hasher: Hasher,
    size: u64,
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
