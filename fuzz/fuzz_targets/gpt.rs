//! Partition tables of disks, as the init program reads them.
#![no_main]

use init::gpt::{Disk, find};
use init::guid::Guid;
use libfuzzer_sys::fuzz_target;

struct Memory<'a>(&'a [u8]);

impl Disk for Memory<'_> {
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> bool {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let part = self.0.get(from..from.saturating_add(buffer.len()));
        part.map(|part| buffer.copy_from_slice(part)).is_some()
    }
}

fuzz_target!(|disk: &[u8]| {
    let (data, hash) = (Guid([1; 16]), Guid([2; 16]));
    let _ = find(&mut Memory(disk), &data, &hash);
    // Wrong checksums would keep the fuzzer from everything behind them.
    let mut signed = disk.to_vec();
    if sign(&mut signed).is_some() {
        let _ = find(&mut Memory(&signed), &data, &hash);
    }
});

/// Writes the checksums of header and entries.
fn sign(disk: &mut [u8]) -> Option<()> {
    let number = |at: usize, disk: &[u8]| Some(u32::from_le_bytes(disk.get(at..at + 4)?.try_into().ok()?));
    let at = [512, 4096]
        .into_iter()
        .find(|at| disk.get(*at..).is_some_and(|sector| sector.starts_with(b"EFI PART")))?;
    let begin = usize::try_from(number(at + 72, disk)?).ok()?.checked_mul(at)?;
    let length = usize::try_from(number(at + 80, disk)?).ok()?;
    let length = length.checked_mul(usize::try_from(number(at + 84, disk)?).ok()?)?;
    let entries = crc32fast::hash(disk.get(begin..begin.checked_add(length)?)?);
    disk.get_mut(at + 88..at + 92)?.copy_from_slice(&entries.to_le_bytes());
    disk.get_mut(at + 16..at + 20)?.fill(0);
    let length = usize::try_from(number(at + 12, disk)?).ok()?;
    let header = crc32fast::hash(disk.get(at..at.checked_add(length)?)?);
    disk.get_mut(at + 16..at + 20)?.copy_from_slice(&header.to_le_bytes());
    Some(())
}
