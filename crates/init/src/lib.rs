//! The static initrd program: finds the root, sets up dm-verity and hands over to systemd.
