//! Parses, compiles and evaluates the Nix language.
//!
//! A text becomes a syntax tree ([`syntax`]), then code whose variables are slots, then values in an arena. The only
//! way out is the [`World`].

mod attrs;
mod builtins;
mod calls;
mod code;
mod coerce;
mod compile;
mod error;
mod eval;
mod expect;
mod inequality;
mod inspect;
mod operators;
mod paths;
mod print;
pub mod pure;
mod session;
mod settings;
mod sources;
mod spare;
mod suggest;
mod symbols;
pub mod syntax;
mod value;
mod world;

pub use builtins::{Builtin, XmlOptions};
pub use error::{Error, ErrorData, ErrorKind, EvaluationError, Frame, TraceLine};
pub use eval::{Evaluated, Evaluator};
pub use inspect::Member;
pub use session::with_evaluator;
pub use settings::Settings;
pub use sources::{Origin, Place, Pos};
pub use symbols::Symbol;
pub use value::{Attr, Attrs, Closure, ContextElement, List, Partial, Text, Thunk, Type, Value};
pub use world::{FetchRequest, Fetched, Filter, PathImport, PathKind, World, WorldError};
