//! What the superblock of the state partition's ext4 file system says.

/// Where the superblock begins.
pub const SUPERBLOCK_OFFSET: u64 = 1024;
/// Where its first copy is, in a file system of 4 KiB blocks as systemd-repart makes it: at block 32768.
pub const COPY_OFFSET: u64 = 32768 * 4096;
/// How to read a file system by that copy; the kernel counts in KiB.
pub const COPY_OPTIONS: &[u8] = b"ro,nodev,nosuid,noexec,noload,sb=131072";
/// As much of it as is looked at.
pub const SUPERBLOCK_SIZE: usize = 128;

/// What to do with the state partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// No ext4 file system yet: the real root makes it.
    Unformatted,
    /// Errors were recorded: it is checked first, by the real root.
    NeedsCheck,
    /// Can be mounted; a journal is replayed by the kernel.
    Sound,
}

/// Judges a file system by its superblock.
pub fn judge(superblock: &[u8; SUPERBLOCK_SIZE]) -> State {
    const ERRORS: u8 = 2;
    if superblock[0x38..0x3a] != [0x53, 0xef] {
        State::Unformatted
    } else if superblock[0x3a] & ERRORS != 0 {
        State::NeedsCheck
    } else {
        State::Sound
    }
}
