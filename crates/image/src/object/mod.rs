//! A Debian package compiled once: file data in 4 KiB blocks, verity leaf hashes and a table of entries.
