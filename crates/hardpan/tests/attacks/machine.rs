//! Somebody beside the machine: foreign disks, credentials, metadata.
