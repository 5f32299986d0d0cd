//! The merged tree of an image: which path comes from where, with owner, mode and capabilities.
