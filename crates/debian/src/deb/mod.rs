//! Reads `.deb` files from bytes: control information at once, the data archive as a stream.
//!
//! The format is that of deb(5): an `ar` archive of `debian-binary`, `control.tar` and `data.tar`. Nothing is
//! unpacked to disk and no path of a package is trusted: every path is made absolute and checked first.

mod ar;
mod archive;
mod compression;
mod control;
mod entry;
mod error;
mod pax;
#[cfg(test)]
mod tests;

pub use control::ControlFields;
pub use entry::{Entry, Kind};
pub use error::DebError;

use std::io::Read;

use ar::Container;
use archive::Archive;

/// Most bytes of all members of a control archive.
const MOST_CONTROL_BYTES: u64 = 64 << 20;
/// Most bytes of a data archive after decompression.
const MOST_DATA_BYTES: u64 = 64 << 30;
/// Most entries of an archive.
const MOST_ENTRIES: usize = 1 << 20;

/// How much of a package is read before it is refused.
#[derive(Clone, Copy, Debug)]
struct Limits {
    control_bytes: u64,
    data_bytes: u64,
    entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            control_bytes: MOST_CONTROL_BYTES,
            data_bytes: MOST_DATA_BYTES,
            entries: MOST_ENTRIES,
        }
    }
}

/// A Debian binary package whose control information has been read.
#[derive(Debug)]
pub struct Deb<'a> {
    container: Container<'a>,
    control: ControlFields,
    members: Vec<(String, Vec<u8>)>,
    limits: Limits,
}

impl<'a> Deb<'a> {
    /// Reads the outer archive and the control information.
    pub fn open(bytes: &'a [u8]) -> Result<Self, DebError> {
        Self::open_within(bytes, Limits::default())
    }

    fn open_within(bytes: &'a [u8], limits: Limits) -> Result<Self, DebError> {
        let container = ar::read(bytes)?;
        let (control, members) = control::read(&container.control, limits)?;
        Ok(Self {
            container,
            control,
            members,
            limits,
        })
    }

    /// The fields of the control file.
    pub fn control(&self) -> &ControlFields {
        &self.control
    }

    /// The other members of the control archive (`postinst`, `conffiles`, `md5sums`…), sorted by name.
    pub fn members(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.members
            .iter()
            .map(|(name, content)| (name.as_str(), content.as_slice()))
    }

    /// One member of the control archive.
    pub fn member(&self, name: &str) -> Option<&[u8]> {
        self.members()
            .find_map(|(candidate, content)| (candidate == name).then_some(content))
    }

    /// Calls `visit` for each entry of the data archive in its order. The reader gives a regular file's content
    /// (all of it or an error), and nothing for other kinds.
    ///
    /// The archive is read to its end, so that a return of `Ok` means the whole of it was sound.
    pub fn data_entries<E: From<DebError>>(
        &self,
        mut visit: impl FnMut(&Entry, &mut dyn Read) -> Result<(), E>,
    ) -> Result<(), E> {
        let member = &self.container.data;
        let mut archive = Archive::open(member, self.limits.data_bytes, self.limits.entries)?;
        archive.for_each(|entry, content| visit(entry, content))
    }
}
