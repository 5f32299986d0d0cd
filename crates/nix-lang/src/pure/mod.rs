//! Parts of the language that know nothing of values: numbers, strings, patterns, versions, data formats.

pub mod json;
pub mod nearest;
pub mod numbers;
pub mod print_string;
pub mod regex;
pub mod toml;
pub mod versions;
