//! Writes EROFS metadata with relocated block addresses.
