//! `hardpan eval` and `hardpan parse`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use operations::Root;
use operations::build::Targets;
use operations::eval::{self, Evaluate, Form};

use super::{Context, Outcome};
use crate::arguments::{LockArguments, RootArguments};
use crate::output;

/// Evaluate and print a value
#[derive(Debug, Args)]
pub struct Eval {
    /// What to evaluate: FLAKE#ATTRIBUTE, or an attribute path with --file or --expr
    #[arg(value_name = "INSTALLABLE")]
    installable: Option<String>,
    /// Print as JSON
    #[arg(long, conflicts_with_all = ["raw", "xml"])]
    json: bool,
    /// Print a string as it is
    #[arg(long, conflicts_with = "xml")]
    raw: bool,
    /// Print as XML
    #[arg(long)]
    xml: bool,
    /// Evaluate everything in the value before it is printed
    #[arg(long)]
    strict: bool,
    /// Leave out of XML where things are defined
    #[arg(long)]
    no_location: bool,
    /// Apply this function to the value
    #[arg(long, value_name = "CODE")]
    apply: Option<String>,
    /// The attribute path in the file or expression
    #[arg(long, short = 'A', value_name = "ATTRIBUTE", conflicts_with = "installable")]
    attr: Option<String>,
    #[command(flatten)]
    lock: LockArguments,
    #[command(flatten)]
    root: RootArguments,
}

impl Eval {
    /// Whether a file is evaluated, which is impure.
    pub fn is_of_file(&self) -> bool {
        self.root.file.is_some()
    }

    pub fn run(self, context: &Context) -> Outcome {
        let form = match (self.json, self.raw, self.xml) {
            (true, _, _) => Form::Json,
            (_, true, _) => Form::Raw,
            (_, _, true) => Form::Xml,
            _ => Form::Nix,
        };
        let root = self.root.root()?;
        let text = match (&root, self.installable.or(self.attr)) {
            (_, Some(text)) => text,
            (Some(_), None) => String::new(),
            (None, None) => ".".to_owned(),
        };
        let lock = self.lock.options(context.settings())?;
        let strict = self.strict || root.is_none() || context.as_nix;
        let targets = Targets {
            root,
            arguments: self.root.arguments(),
            lock,
            ..Targets::default()
        };
        let plain = targets.root.is_some() && !context.as_nix;
        let (evaluation, attribute, _) = targets.locate(&context.session, &text)?;
        let request = Evaluate {
            evaluation,
            attributes: vec![attribute],
            apply: self.apply,
            strict,
            form,
            plain,
            locations: !self.no_location,
        };
        eval::eval(&context.session, &request, &mut |printed| {
            context.progress.finish();
            match form {
                Form::Raw | Form::Xml => output::bytes(printed.as_bytes()),
                _ => output::line(&printed),
            }
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Print the syntax tree of a file or expression
#[derive(Debug, Args)]
pub struct Parse {
    /// The file; `-` is standard input
    #[arg(
        value_name = "FILE",
        required_unless_present = "expr",
        conflicts_with = "expr"
    )]
    file: Option<PathBuf>,
    /// An expression instead of a file
    #[arg(long, short = 'E', value_name = "CODE")]
    expr: Option<String>,
}

impl Parse {
    pub fn run(self, context: &Context) -> Outcome {
        let root = RootArguments {
            file: self.file,
            expr: self.expr,
            ..RootArguments::default()
        };
        let root = root.root()?.unwrap_or_else(|| Root::Expression(String::new()));
        let printed = eval::parse(&context.session, &root)?;
        context.progress.finish();
        output::line(&printed)?;
        Ok(ExitCode::SUCCESS)
    }
}
