//! Links objects and generated files into a root file system.
