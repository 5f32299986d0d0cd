//! The store: power cuts, garbage collection beside builds, paths that are not what they say.
