//! How `/etc/fstab` wants `/var` mounted.

use crate::text::Text;

/// Mount flags and the options for the file system itself.
pub struct MountOptions {
    /// `MS_*` flags.
    pub flags: u64,
    /// Options for the file system, separated by commas.
    pub data: Text<256>,
}

const FLAGS: [(&[u8], u64); 12] = [
    (b"ro", 1),
    (b"nosuid", 2),
    (b"nodev", 4),
    (b"noexec", 8),
    (b"sync", 16),
    (b"dirsync", 128),
    (b"nosymfollow", 256),
    (b"noatime", 1024),
    (b"nodiratime", 2048),
    (b"relatime", 1 << 21),
    (b"strictatime", 1 << 24),
    (b"lazytime", 1 << 25),
];

/// Words that only user space gives a meaning.
const IGNORED: [&[u8]; 14] = [
    b"defaults",
    b"rw",
    b"suid",
    b"dev",
    b"exec",
    b"async",
    b"auto",
    b"noauto",
    b"user",
    b"nouser",
    b"nofail",
    b"_netdev",
    b"atime",
    b"",
];

/// The options of the line that mounts an ext4 file system on `/var`; nothing where there is no such line.
pub fn var_options(fstab: &[u8]) -> Option<MountOptions> {
    for line in fstab.split(|byte| *byte == b'\n') {
        let mut fields = line
            .split(|byte| matches!(byte, b' ' | b'\t'))
            .filter(|field| !field.is_empty());
        let device = fields.next().unwrap_or_default();
        if device.starts_with(b"#") || fields.next() != Some(b"/var") {
            continue;
        }
        return (fields.next() == Some(b"ext4")).then(|| parse_options(fields.next().unwrap_or_default()));
    }
    None
}

/// Splits the comma-separated options of one line.
pub fn parse_options(words: &[u8]) -> MountOptions {
    let mut options = MountOptions {
        flags: 0,
        data: Text::new(),
    };
    for word in words.split(|byte| *byte == b',') {
        if let Some((_, flag)) = FLAGS.iter().find(|(name, _)| *name == word) {
            options.flags |= flag;
        } else if !IGNORED.contains(&word) && !word.starts_with(b"x-") && !word.starts_with(b"X-") {
            if !options.data.as_bytes().is_empty() {
                options.data.push(b",");
            }
            options.data.push(word);
        }
    }
    options
}
