//! Writes a disk as it is, with holes where it is zero.

use super::layout::DiskMap;
use std::fs::File;
use std::io;

/// Writes `disk` into the empty file `output`.
pub fn write(disk: &DiskMap, output: &File) -> io::Result<()> {
    output.set_len(disk.size)?;
    disk.copy_to(output)
}
