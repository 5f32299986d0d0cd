//! The static initrd program: finds the root, sets up dm-verity and hands over to systemd.
//!
//! The program itself is in `program/`: no libc, no allocator, no shell. It is compiled by this crate's build
//! script and is here as [`INIT_PROGRAM`]. What it decides is decided by the modules below, which the program
//! includes as source; they touch nothing and are tested on the host.
//!
//! # What it does, in order
//!
//! 1. mounts `/proc`, `/sys`, `/dev`, `/run`; loads the modules that `/modules/list` names, one file a line;
//! 2. reads `hardpan.roothash=` from the kernel command line, which must end as the image wrote it, with
//!    `hardpan.end`; the data partition's UUID is the first half of
//!    the root hash and the hash partition's UUID the second half (Discoverable Partitions Specification);
//! 3. looks for both on one disk, in the GPT of every block device, until they appear or 30 s have passed;
//! 4. reads the verity superblock, makes the dm-verity device with `panic_on_corruption`, mounts it;
//! 5. leaves the names of that disk and of its state partition in `/run/hardpan`: the real root takes state from
//!    there and asks no other disk;
//! 6. mounts the state partition and the machine id (below), moves the four file systems and starts systemd.
//!
//! Whatever goes wrong before systemd: one line on the console, three seconds, reboot, so that boot counting
//! falls back.
//!
//! # State and machine id
//!
//! The state partition (type *var*, name `state`, ext4, on the root's disk) is made by systemd-repart in the
//! real root when the machine first boots. From the second boot on it is there when this program runs, and
//! mounting it here saves systemd the wait for udev: it goes on `/var` with the options that the sealed
//! `/etc/fstab` gives for `/var`, and systemd takes it over as it is. A file system with recorded errors is
//! left for systemd, which checks it first; so is one whose superblock is broken. The machine id is read from
//! both, from the latter by the copy of its superblock.
//!
//! `/etc/machine-id` is sealed and empty. This program binds a file over it: the id in
//! `/var/lib/hardpan/machine-id`, else a fresh random one, which it also writes there when state is mounted.
//! On the first boot state does not exist yet, and a unit of the real root copies `/etc/machine-id` there once
//! `/var` is mounted. So the id is the same from the first boot on and never part of an image. A damaged
//! file is as good as none.
#![cfg_attr(not(test), no_std)]

pub mod command_line;
pub mod device_mapper;
pub mod fstab;
pub mod gpt;
pub mod guid;
pub mod machine_id;
pub mod state;
pub mod text;
pub mod verity;

/// The program, a static ELF executable: `/init` of the initrd.
pub static INIT_PROGRAM: &[u8] = include_bytes!(env!("HARDPAN_INIT_PROGRAM"));

#[cfg(test)]
mod tests;
