//! `hardpan eval`

use std::process::ExitCode;

use clap::Args;
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
    pub fn run(self, context: &Context) -> Outcome {
        let form = match (self.json, self.raw, self.xml) {
            (true, _, _) => Form::Json,
            (_, true, _) => Form::Raw,
            (_, _, true) => Form::Xml,
            _ => Form::Nix,
        };
        let root = self.root.root();
        let text = match (&root, self.installable.or(self.attr)) {
            (_, Some(text)) => text,
            (Some(_), None) => String::new(),
            (None, None) => ".".to_owned(),
        };
        let lock = self.lock.options(context.settings())?;
        let strict = self.strict || root.is_none();
        let targets = Targets {
            root,
            arguments: self.root.arguments(),
            lock,
            ..Targets::default()
        };
        let (evaluation, attribute, _) = targets.locate(&context.session, &text)?;
        let request = Evaluate {
            evaluation,
            attribute,
            apply: self.apply,
            strict,
            form,
        };
        let printed = eval::eval(&context.session, &request)?;
        context.progress.finish();
        match form {
            Form::Raw | Form::Xml => output::bytes(printed.as_bytes())?,
            _ => output::line(&printed)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
