//! The language's grammar: tokens, syntax tree and parser.

pub mod ast;
mod bindings;
mod functions;
mod indented;
pub mod lexer;
mod names;
mod operands;
mod operators;
pub mod parser;
pub mod print;
mod strings;
#[cfg(test)]
mod tests;
pub mod token;

use bumpalo::Bump;

pub use parser::{Features, parse};

/// Parses a text for its errors only.
///
/// # Errors
/// If it is not an expression.
pub fn check(text: &[u8], features: Features) -> Result<(), SyntaxError> {
    parse(text, &Bump::new(), features).map(|_| ())
}

/// The text of a text's tree, with all parentheses; paths stay as they were written.
///
/// # Errors
/// If it is not an expression.
pub fn printed(text: &[u8], features: Features) -> Result<String, SyntaxError> {
    parse(text, &Bump::new(), features).map(|tree| print::print(&tree))
}

/// Why a text is not an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong, in Nix's words.
    pub message: String,
    /// Byte offset in the text.
    pub offset: u32,
    /// Where the thing was defined before; the message ends with "already defined" and wants " at «place»".
    pub defined_at: Option<u32>,
}

impl SyntaxError {
    /// An error at that byte.
    pub fn new(message: impl Into<String>, offset: u32) -> Self {
        Self {
            message: message.into(),
            offset,
            defined_at: None,
        }
    }
}
