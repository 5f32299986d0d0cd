//! Links packages made up here and reads the result back.

mod bad_input;
mod linked_root;
mod support;
