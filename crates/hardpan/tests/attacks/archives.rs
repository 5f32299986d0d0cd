//! A mirror, and the publisher of another archive: signatures, pins, packages and accounts that nobody asked for.
