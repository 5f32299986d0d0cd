//! A repository: its configuration, its hooks, its names.
