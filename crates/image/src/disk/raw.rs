//! Writes a disk as it is, with holes where it is zero.

use super::layout::DiskMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Writes `disk` and what follows it into the empty file `output`.
pub fn write(disk: &DiskMap, footer: &[u8], output: &File) -> io::Result<()> {
    output.set_len(disk.size + footer.len() as u64)?;
    disk.copy_to(output)?;
    output.write_all_at(footer, disk.size)
}
