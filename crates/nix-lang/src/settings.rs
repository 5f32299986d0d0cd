//! What decides how expressions are evaluated, beside the expressions.

/// What decides how expressions are evaluated. Values that depend on the machine come from the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether the environment, the clock and absolute paths are out of reach.
    pub pure: bool,
    /// `builtins.currentSystem`, in impure evaluation.
    pub system: String,
    /// The entries of `NIX_PATH` (`name=path` or `path`).
    pub search_path: Vec<(String, String)>,
    /// How deep function calls may nest.
    pub max_call_depth: usize,
    /// Whether `|>` and `<|` are understood.
    pub pipe_operators: bool,
    /// Whether `builtins.fromTOML` reads dates and times.
    pub toml_timestamps: bool,
    /// Whether `builtins.traceVerbose` shows its text.
    pub trace_verbose: bool,
    /// Whether `builtins.warn` ends evaluation.
    pub abort_on_warn: bool,
    /// Whether evaluation may build what it imports.
    pub import_from_derivation: bool,
    /// The home directory that `~/` stands for.
    pub home: Option<String>,
}

impl Settings {
    /// Pure evaluation, as for flakes.
    pub fn pure() -> Self {
        Self {
            pure: true,
            system: String::new(),
            search_path: Vec::new(),
            max_call_depth: 10_000,
            pipe_operators: false,
            toml_timestamps: false,
            trace_verbose: false,
            abort_on_warn: false,
            import_from_derivation: true,
            home: None,
        }
    }

    /// Impure evaluation on a machine of kind `system`.
    pub fn impure(system: &str) -> Self {
        Self {
            pure: false,
            system: system.to_owned(),
            ..Self::pure()
        }
    }
}
