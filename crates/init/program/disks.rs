//! Looks for the image's partitions on the block devices of the machine.

use crate::command_line::RootHash;
use crate::gpt::{self, Disk, Found, GptError};
use crate::system::{File, open, sleep_ms};
use crate::text::{Shown, Text};
use crate::{Failure, console, failure};

const WAIT_MS: u32 = 30_000;
const NOTICE_MS: u32 = 5_000;
const STEP_MS: u32 = 10;
/// The kernel makes the devices of one disk's partitions within milliseconds of one another.
const STATE_WAIT_MS: u32 = 1_000;

/// Name of a block device, such as `nvme0n1`.
type Name = Text<64>;

/// Paths of an image's disk and of its partitions, as text with a zero byte.
pub struct Partitions {
    pub disk: Text<80>,
    pub data: Text<80>,
    pub hash: Text<80>,
    pub state: Option<Text<80>>,
}

impl Disk for File {
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> bool {
        self.read_exact_at(offset, buffer)
    }
}

/// Waits until both partitions of the image are there, and the state partition where the disk's table has one.
pub fn wait_for(root_hash: &RootHash) -> Result<Partitions, Failure> {
    let mut waited_ms = 0;
    let mut without_state_ms = 0;
    loop {
        let mut problem = None;
        if let Some(partitions) = look_everywhere(root_hash, &mut problem)? {
            let complete = partitions.state.as_ref().is_none_or(exists);
            if complete || without_state_ms >= STATE_WAIT_MS {
                return Ok(partitions);
            }
            without_state_ms += STEP_MS;
        }
        if waited_ms >= WAIT_MS {
            return Err(problem.unwrap_or_else(|| {
                let (data, hash) = (root_hash.data_partition(), root_hash.hash_partition());
                failure!("no disk has the partitions {data} and {hash} of the root hash")
            }));
        }
        if waited_ms == NOTICE_MS {
            console::note(&failure!("still waiting for partition {}", root_hash.data_partition()));
        }
        sleep_ms(STEP_MS);
        waited_ms += STEP_MS;
    }
}

fn look_everywhere(root_hash: &RootHash, problem: &mut Option<Failure>) -> Result<Option<Partitions>, Failure> {
    let directory = File::open(b"/sys/block\0", open::READ | open::DIRECTORY);
    let directory = directory.map_err(|error| failure!("cannot list /sys/block: {error}"))?;
    let mut buffer = [0; 2048];
    loop {
        let length = directory.read_directory(&mut buffer);
        let length = length.map_err(|error| failure!("cannot list /sys/block: {error}"))?;
        if length == 0 {
            return Ok(None);
        }
        let mut rest = &buffer[..length];
        while let Some((name, next)) = next_entry(rest) {
            rest = next;
            let found = if is_disk(name) { look_at(name, root_hash, problem) } else { None };
            if found.is_some() {
                return Ok(found);
            }
        }
    }
}

/// The name of the first of several `struct linux_dirent64`, and the others.
fn next_entry(entries: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::from(u16::from_le_bytes([*entries.get(16)?, *entries.get(17)?]));
    let name = entries.get(19..length)?;
    let end = name.iter().position(|byte| *byte == 0)?;
    Some((&name[..end], &entries[length..]))
}

fn is_disk(name: &[u8]) -> bool {
    const OTHERS: [&[u8]; 7] = [b".", b"loop", b"ram", b"zram", b"dm-", b"sr", b"fd"];
    !OTHERS.iter().any(|prefix| name.starts_with(prefix))
}

fn look_at(name: &[u8], root_hash: &RootHash, problem: &mut Option<Failure>) -> Option<Partitions> {
    let name: Name = Text::format(format_args!("{}", Shown(name)));
    let mut disk = File::open(path_of(&name, None).with_zero(), open::READ).ok()?;
    match gpt::find(&mut disk, &root_hash.data_partition(), &root_hash.hash_partition()) {
        Ok(Found { data: Some(data), hash: Some(hash), state }) => {
            let partitions = Partitions {
                disk: path_of(&name, None),
                data: path_of(&name, Some(data)),
                hash: path_of(&name, Some(hash)),
                state: state.map(|state| path_of(&name, Some(state))),
            };
            is_there(&partitions).then_some(partitions)
        }
        Ok(_) | Err(GptError::Absent | GptError::Unreadable) => None,
        Err(error) => {
            *problem = Some(failure!("disk {name}: {error}"));
            None
        }
    }
}

/// The kernel makes the partitions' devices a moment after the disk's.
fn is_there(partitions: &Partitions) -> bool {
    [&partitions.data, &partitions.hash].into_iter().all(exists)
}

fn exists(path: &Text<80>) -> bool {
    File::open(path.with_zero(), open::READ).is_ok()
}

fn path_of(disk: &Name, partition: Option<u32>) -> Text<80> {
    match partition {
        None => Text::format(format_args!("/dev/{disk}")),
        Some(number) => {
            let digit_before = disk.as_bytes().last().is_some_and(u8::is_ascii_digit);
            Text::format(format_args!("/dev/{disk}{}{number}", if digit_before { "p" } else { "" }))
        }
    }
}
