//! What the superblock of the state partition's ext4 file system says.

/// Where the superblock begins.
pub const SUPERBLOCK_OFFSET: u64 = 1024;
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
