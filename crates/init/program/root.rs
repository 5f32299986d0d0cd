//! The sealed root: dm-verity over EROFS.

use crate::command_line::RootHash;
use crate::device_mapper::{CREATE, LOAD_TABLE, RESUME, Request};
use crate::disks::Partitions;
use crate::system::{File, flag, mount as mount_file_system, open};
use crate::text::Text;
use crate::verity::{SUPERBLOCK_SIZE, Superblock};
use crate::{Failure, NEW_ROOT, failure};

const NAME: &str = "root";

/// Makes the verity device and mounts it.
pub fn mount(root_hash: &RootHash, partitions: &Partitions) -> Result<(), Failure> {
    let superblock = read_superblock(&partitions.hash)?;
    let minor = make_device(root_hash, partitions, &superblock)?;
    let device = Text::<32>::format(format_args!("/dev/dm-{minor}"));
    mount_file_system(device.with_zero(), NEW_ROOT, b"erofs\0", flag::READ_ONLY | flag::NO_DEV, b"\0")
        .map_err(|error| failure!("cannot mount the root file system on {}: {error}", partitions.data))
}

fn read_superblock(partition: &Text<80>) -> Result<Superblock, Failure> {
    let mut bytes = [0; SUPERBLOCK_SIZE];
    let read = File::open(partition.with_zero(), open::READ).map(|file| file.read_exact_at(0, &mut bytes));
    if read != Ok(true) {
        return Err(failure!("cannot read the verity superblock on {partition}"));
    }
    Superblock::parse(&bytes).map_err(|error| failure!("verity superblock on {partition}: {error}"))
}

/// Returns the minor number of the new device.
fn make_device(root_hash: &RootHash, partitions: &Partitions, superblock: &Superblock) -> Result<u32, Failure> {
    let control = File::open(b"/dev/mapper/control\0", open::READ_WRITE);
    let control = control.map_err(|error| failure!("cannot open /dev/mapper/control: {error}"))?;
    let refused = |step: &str, error| failure!("dm-verity: cannot {step} the root device: {error}");

    let uuid = Text::<128>::format(format_args!("CRYPT-VERITY-{root_hash}-root"));
    let mut request = Request::with_uuid(NAME, uuid.as_bytes());
    control.device_mapper(CREATE, &mut request).map_err(|error| refused("create", error))?;

    let [data, hash] = [&partitions.data, &partitions.hash].map(|path| core::str::from_utf8(path.as_bytes()));
    let table = superblock.table(data.unwrap_or_default(), hash.unwrap_or_default(), root_hash);
    let request = Request::with_verity(NAME, superblock.data_sectors(), table.as_bytes());
    let mut request = request.filter(|_| !table.overflowed()).ok_or_else(|| failure!("dm-verity: the table is too long"))?;
    control.device_mapper(LOAD_TABLE, &mut request).map_err(|error| refused("load the table of", error))?;

    let mut request = Request::new(NAME);
    control.device_mapper(RESUME, &mut request).map_err(|error| refused("start", error))?;
    Ok(request.minor())
}
