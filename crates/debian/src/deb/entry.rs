//! One entry of a package's archive, with its path made absolute and checked.

use tar::{EntryType, Header};

use super::DebError;
use super::pax::Extension;

const LONGEST_PATH: usize = 4095;
const LONGEST_NAME: usize = 255;

/// A file, directory or link of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Absolute path (`/usr/bin/x`; `/` for the root itself), as the package has it: not moved below `/usr`.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u32,
    /// Numeric owner.
    pub uid: u32,
    /// Numeric group.
    pub gid: u32,
    /// Name of the owner, empty if the archive has none.
    pub uname: String,
    /// Name of the group, empty if the archive has none.
    pub gname: String,
    /// Modification time in seconds since 1970.
    pub mtime: u64,
    /// Extended attributes in the archive's order.
    pub xattrs: Vec<(String, Vec<u8>)>,
}

/// What an entry is. Devices and pipes do not occur: packages that hold them are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file with so many bytes of content.
    Regular {
        /// Bytes.
        size: u64,
    },
    /// A directory.
    Directory,
    /// A symbolic link and its target, unchanged.
    Symlink(String),
    /// Another name for the file with this absolute path.
    Hardlink(String),
}

/// Makes entries out of the headers of one archive member.
#[derive(Debug)]
pub(super) struct Headers<'a> {
    pub member: &'a str,
}

impl Headers<'_> {
    /// The entry that a header and the extended headers before it describe.
    pub fn entry(&self, header: &Header, extension: Extension) -> Result<Entry, DebError> {
        let raw = extension.path.unwrap_or_else(|| header.path_bytes().into_owned());
        let path = self.path(&raw)?;
        let bad = |reason: String| DebError::BadEntry {
            member: self.member.to_owned(),
            path: path.clone(),
            reason,
        };
        let link = extension
            .link
            .or_else(|| header.link_name_bytes().map(|name| name.into_owned()));
        let size = header.entry_size().map_err(|error| bad(error.to_string()))?;
        if extension.size.is_some_and(|announced| announced != size) {
            return Err(bad("its two headers disagree about the size".to_owned()));
        }
        let kind = self.kind(header.entry_type(), &path, size, link)?;
        let number = |value: std::io::Result<u64>| value.map_err(|error| bad(error.to_string()));
        let owner = |extended: Option<u64>, value| {
            let id = extended.map_or_else(|| number(value), Ok)?;
            u32::try_from(id).map_err(|_| bad(format!("the owner or group {id} is too large")))
        };
        Ok(Entry {
            kind,
            mode: header.mode().map_err(|error| bad(error.to_string()))? & 0o7777,
            uid: owner(extension.uid, header.uid())?,
            gid: owner(extension.gid, header.gid())?,
            uname: extension.uname.unwrap_or_else(|| name(header.username_bytes())),
            gname: extension.gname.unwrap_or_else(|| name(header.groupname_bytes())),
            mtime: extension.mtime.map_or_else(|| number(header.mtime()), Ok)?,
            xattrs: extension.xattrs,
            path,
        })
    }

    fn kind(&self, kind: EntryType, path: &str, size: u64, link: Option<Vec<u8>>) -> Result<Kind, DebError> {
        let forbidden = |kind| DebError::Forbidden {
            member: self.member.to_owned(),
            path: path.to_owned(),
            kind,
        };
        let link = link.unwrap_or_default();
        match kind {
            EntryType::Regular | EntryType::Continuous => Ok(Kind::Regular { size }),
            EntryType::Directory => Ok(Kind::Directory),
            EntryType::Symlink => self.target(path, &link).map(Kind::Symlink),
            EntryType::Link => self.path(&link).map(Kind::Hardlink),
            EntryType::Char | EntryType::Block => Err(forbidden("device node")),
            EntryType::Fifo => Err(forbidden("named pipe")),
            EntryType::GNUSparse => Err(forbidden("sparse file")),
            _ => Err(forbidden("file of unknown kind")),
        }
    }

    /// The absolute form of a path as the archive has it (`./usr/bin/x`).
    fn path(&self, raw: &[u8]) -> Result<String, DebError> {
        let bad = |reason| DebError::BadPath {
            member: self.member.to_owned(),
            path: String::from_utf8_lossy(raw).into_owned(),
            reason,
        };
        let path = std::str::from_utf8(raw).map_err(|_| bad("it is not UTF-8"))?;
        absolute(path).map_err(bad)
    }

    fn target(&self, path: &str, raw: &[u8]) -> Result<String, DebError> {
        let bad = |reason: &str| DebError::BadEntry {
            member: self.member.to_owned(),
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let target = std::str::from_utf8(raw).map_err(|_| bad("its target is not UTF-8"))?;
        match target {
            "" => Err(bad("it is a link without target")),
            _ if target.len() > LONGEST_PATH => Err(bad("its target is too long")),
            _ if target.contains(['\0', '\n']) => Err(bad("its target holds a control character")),
            _ => Ok(target.to_owned()),
        }
    }
}

fn absolute(path: &str) -> Result<String, &'static str> {
    if path.is_empty() {
        return Err("it is empty");
    }
    if path.len() > LONGEST_PATH {
        return Err("it is too long");
    }
    let mut absolute = String::with_capacity(path.len() + 1);
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => return Err("it climbs with .."),
            _ if name.len() > LONGEST_NAME => return Err("a name is longer than 255 bytes"),
            _ if name.contains(['\0', '\n']) => return Err("a name holds a control character"),
            _ => {
                absolute.push('/');
                absolute.push_str(name);
            }
        }
    }
    if absolute.is_empty() {
        absolute.push('/');
    }
    Ok(absolute)
}

/// A user's or group's name; one that is no text is as good as none.
fn name(bytes: Option<&[u8]>) -> String {
    bytes
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .unwrap_or_default()
        .to_owned()
}
