//! A build: what it can reach, hand over and leave behind.
