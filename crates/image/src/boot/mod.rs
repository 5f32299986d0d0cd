//! Initrd, kernel module order and the unified kernel image.
