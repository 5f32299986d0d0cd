//! A binary cache, or whoever answers in its place.
