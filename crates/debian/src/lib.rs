//! Debian as an input: signatures, indexes, versions, the resolver and .deb reading.
