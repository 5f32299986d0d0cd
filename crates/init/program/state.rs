//! The state partition and the machine id, both optional: nothing here stops the boot.

use crate::disks::Partitions;
use crate::ext4::{self, State};
use crate::fstab::{self, MountOptions};
use crate::machine_id::{self, MachineId};
use crate::system::{ENOENT, Errno, File, flag, link, make_directory, mount, open, random, rename, unmount};
use crate::text::Text;
use crate::{Failure, console, failure};

const VAR: &[u8] = b"/sysroot/var\0";
const STORED_ID: &[u8] = b"/sysroot/var/lib/hardpan/machine-id\0";
const NEW_STORED_ID: &[u8] = b"/sysroot/var/lib/hardpan/.machine-id.new\0";
const RUN_ID: &[u8] = b"/run/machine-id\0";
const ETC_ID: &[u8] = b"/sysroot/etc/machine-id\0";

/// Where the real root finds the disk that it came from and its state partition, whatever other disks say of theirs.
const NAMES: &[u8] = b"/run/hardpan\0";
const NAMED_DISK: &[u8] = b"/run/hardpan/disk\0";
const NAMED_STATE: &[u8] = b"/run/hardpan/state\0";

/// Names the disk, and mounts the state partition if it is there, and the machine id.
pub fn hand_over(partitions: &Partitions) {
    if let Err(error) = name(partitions) {
        console::warn(&failure!("cannot name {} in /run: {error}", partitions.disk));
    }
    let mounted = partitions.state.as_ref().map(mount_var);
    let (stored, writable) = match mounted {
        Some(Ok(Mounted::ForGood)) => (stored_id(), true),
        Some(Ok(Mounted::ForReading)) => {
            let stored = stored_id();
            // Left mounted it would only be in the way of systemd, which says so then.
            let _ = unmount(VAR);
            (stored, false)
        }
        Some(Err(failure)) => {
            console::warn(&failure);
            (None, false)
        }
        None => (None, false),
    };
    if let Err(error) = provide_machine_id(stored, writable) {
        console::warn(&failure!("cannot provide /etc/machine-id: {error}"));
    }
}

fn name(partitions: &Partitions) -> Result<(), Errno> {
    make_directory(NAMES)?;
    link(partitions.disk.with_zero(), NAMED_DISK)?;
    partitions.state.as_ref().map_or(Ok(()), |state| link(state.with_zero(), NAMED_STATE))
}

enum Mounted {
    ForGood,
    ForReading,
}

/// A file system whose superblock is broken is read by the copy, for the machine id; systemd has it repaired then.
fn mount_var(partition: &Text<80>) -> Result<Mounted, Failure> {
    let file = File::open(partition.with_zero(), open::READ);
    let file = file.map_err(|error| failure!("cannot open the state partition {partition}: {error}"))?;
    mount_by_superblock(partition, &file).or_else(|failure| match mount_by_copy(partition, &file) {
        true => Ok(Mounted::ForReading),
        false => Err(failure),
    })
}

fn mount_by_copy(partition: &Text<80>, file: &File) -> bool {
    let mut copy = [0; ext4::SUPERBLOCK_SIZE];
    let options = fstab::parse_options(ext4::COPY_OPTIONS);
    file.read_exact_at(ext4::COPY_OFFSET, &mut copy)
        && ext4::judge(&copy) != State::Unformatted
        && mount(partition.with_zero(), VAR, b"ext4\0", options.flags, options.data.with_zero()).is_ok()
}

fn mount_by_superblock(partition: &Text<80>, file: &File) -> Result<Mounted, Failure> {
    let mut superblock = [0; ext4::SUPERBLOCK_SIZE];
    if !file.read_exact_at(ext4::SUPERBLOCK_OFFSET, &mut superblock) {
        return Err(failure!("cannot read the state partition {partition}"));
    }
    let (mounted, options) = match ext4::judge(&superblock) {
        State::Unformatted => return Err(failure!("the state partition {partition} has no file system yet")),
        State::NeedsCheck => (Mounted::ForReading, fstab::parse_options(b"ro,nodev,nosuid,noexec,noload")),
        State::Sound => (Mounted::ForGood, wanted_options()),
    };
    mount(partition.with_zero(), VAR, b"ext4\0", options.flags, options.data.with_zero())
        .map_err(|error| failure!("cannot mount the state partition {partition}: {error}"))?;
    Ok(mounted)
}

fn wanted_options() -> MountOptions {
    let mut buffer = [0; 8192];
    let file = File::open(b"/sysroot/etc/fstab\0", open::READ);
    let length = file.and_then(|file| file.read(&mut buffer)).unwrap_or(0);
    fstab::var_options(&buffer[..length]).unwrap_or_else(|| fstab::parse_options(b"nodev"))
}

fn stored_id() -> Option<MachineId> {
    let mut buffer = [0; 64];
    let length = File::open(STORED_ID, open::READ).and_then(|file| file.read(&mut buffer)).ok()?;
    machine_id::parse(&buffer[..length])
}

fn provide_machine_id(stored: Option<MachineId>, writable: bool) -> Result<(), Errno> {
    let id = match stored {
        Some(id) => id,
        None => {
            let mut bytes = [0; 16];
            random(&mut bytes)?;
            let id = machine_id::from_random(bytes);
            if writable && let Err(error) = store(&id) {
                console::warn(&failure!("cannot keep the machine id: {error}"));
            }
            id
        }
    };
    write(RUN_ID, id.as_bytes())?;
    mount(RUN_ID, ETC_ID, b"\0", flag::BIND, b"\0")?;
    let read_only = flag::BIND | flag::REMOUNT | flag::READ_ONLY | flag::NO_SUID | flag::NO_DEV | flag::NO_EXEC;
    mount(b"\0", ETC_ID, b"\0", read_only, b"\0")
}

fn store(id: &MachineId) -> Result<(), Errno> {
    // They may exist; what matters is whether the file can be written.
    let _ = make_directory(b"/sysroot/var/lib\0");
    let _ = make_directory(b"/sysroot/var/lib/hardpan\0");
    write(NEW_STORED_ID, id.as_bytes())?;
    rename(NEW_STORED_ID, STORED_ID)
}

fn write(path: &[u8], content: &[u8]) -> Result<(), Errno> {
    let file = File::open(path, open::WRITE | open::CREATE | open::TRUNCATE)?;
    if file.write(content)? != content.len() {
        return Err(ENOENT);
    }
    file.sync()
}
