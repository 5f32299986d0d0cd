//! Disk layouts and formats: GPT, FAT32, raw, qcow2, VHD and the GCE archive.
