//! The verbs, one file each: parse, call the operation, print what came out.

mod build;
mod completions;
mod copy;
mod derivation;
mod eval;
mod flake;
mod hash;
mod key;
mod log;
mod nar;
mod path_info;
mod repl;
mod run;
mod store;
mod vm;
mod why_depends;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Subcommand;
use operations::{Error, Session, Settings};

use crate::arguments::CommandLine;
use crate::progress::{Options, Progress, Talk};
use crate::report::{Layout, Style};
use crate::{interrupt, report, streams, talk};

/// What is asked for.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build images and other things that flakes define
    Build(build::Build),
    /// Evaluate and print a value
    Eval(eval::Eval),
    /// Evaluate line by line
    Repl(repl::Repl),
    /// Print the syntax tree of a file or expression
    Parse(eval::Parse),
    /// Lock, update and show flakes
    #[command(subcommand)]
    Flake(flake::Flake),
    /// Evaluate all that a flake provides; show what it sets without effect
    Check(flake::Check),
    /// Make a new project
    Init(flake::init::Init),
    /// Run a machine in QEMU
    Vm(vm::Vm),
    /// Show why something needs something else
    WhyDepends(why_depends::WhyDepends),
    /// Show what is known about store paths
    PathInfo(path_info::PathInfo),
    /// Copy store paths to or from another store or a binary cache
    Copy(copy::Copy),
    /// Look after the store
    #[command(subcommand)]
    Store(store::Store),
    /// Show and write derivations
    #[command(subcommand)]
    Derivation(derivation::Derivation),
    /// Show what a build said
    Log(log::Log),
    /// Build a program and run it
    Run(run::Run),
    /// Make, list and read archives
    #[command(subcommand)]
    Nar(nar::Nar),
    /// Compute and convert digests
    #[command(subcommand)]
    Hash(hash::Hash),
    /// Make keys that sign store paths
    #[command(subcommand)]
    Key(key::Key),
    /// Print what makes a shell complete hardpan's arguments
    Completions(completions::Completions),
}

/// The setting that lets evaluation build.
const IMPORT_FROM_DERIVATION: &str = "allow-import-from-derivation";

impl Command {
    /// Whether nothing may be built, while evaluating neither.
    fn builds_nothing(&self) -> bool {
        match self {
            Self::Check(check) | Self::Flake(flake::Flake::Check(check)) => check.no_build,
            _ => false,
        }
    }
}

/// What a command works with.
pub struct Context {
    /// Settings, store and network.
    pub session: Session,
    /// Shows what happens.
    pub progress: Progress,
    /// Whether it is carried out as the program `nix` would.
    pub as_nix: bool,
    /// Whether errors are shown with the whole way to them.
    pub show_trace: bool,
    /// Whether what happens is told as JSON.
    json: bool,
    /// Whether nothing but errors is said.
    quiet: bool,
}

impl Context {
    /// A context that shows what happens.
    pub fn new(settings: Settings, options: Options) -> Self {
        let progress = Progress::new(options);
        let shown = progress.clone();
        let sink = Arc::new(move |event: operations::Event| shown.show(&event));
        let interrupted = interrupt::flag();
        streams::watch_readers(&interrupted);
        Self {
            session: Session::new(settings, sink, interrupted),
            progress,
            as_nix: false,
            show_trace: false,
            json: options.json,
            quiet: options.talk != Talk::All,
        }
    }

    /// Says something that is neither data nor an error.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            talk::line(text);
        }
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        self.session.settings()
    }

    /// Shows an error that does not end the command.
    pub fn show_error(&self, error: &Error) -> ExitCode {
        report::failure(error, &self.session, self.error_style(self.show_trace))
    }

    /// How errors are shown.
    pub fn error_style(&self, show_trace: bool) -> Style {
        let layout = match (self.as_nix, self.json) {
            (true, _) => Layout::Nix,
            (false, true) => Layout::Json,
            (false, false) => Layout::Hardpan,
        };
        Style { layout, show_trace }
    }
}

/// What a command that was carried out found: a negative finding is no error.
pub type Outcome = Result<ExitCode, Error>;

/// Carries out a command line.
pub fn run(command_line: CommandLine, as_nix: bool) -> ExitCode {
    let CommandLine { common, command } = command_line;
    let json = !as_nix && matches!(&command, Command::Build(build) if build.json);
    let quiet = if as_nix { Talk::Warnings } else { Talk::Nothing };
    let options = Options {
        json,
        talk: if common.quiet { quiet } else { Talk::All },
        logs: common.print_build_logs,
    };
    let mut settings = settings();
    settings.pure |=
        as_nix && !common.impure && matches!(&command, Command::Eval(eval) if !eval.is_of_file());
    if command.builds_nothing() && settings.configuration.get(IMPORT_FROM_DERIVATION).is_none() {
        settings.set_option(IMPORT_FROM_DERIVATION, "false");
    }
    if let Err(error) = common.apply(&mut settings, as_nix) {
        return report::plain(&error);
    }
    let show_trace = common.show_trace || settings.configuration.flag("show-trace") == Some(true);
    let mut context = Context::new(settings, options);
    context.as_nix = as_nix;
    context.show_trace = show_trace;
    let result = match command {
        Command::Build(build) => build.run(&context),
        Command::Eval(eval) => eval.run(&context),
        Command::Repl(repl) => repl.run(&context),
        Command::Parse(parse) => parse.run(&context),
        Command::Flake(flake) => flake.run(&context),
        Command::Check(check) => check.run(&context),
        Command::Init(init) => init.run(&context),
        Command::Vm(vm) => vm.run(&context),
        Command::WhyDepends(why_depends) => why_depends.run(&context),
        Command::PathInfo(path_info) => path_info.run(&context),
        Command::Copy(copy) => copy.run(&context),
        Command::Store(store) => store.run(&context),
        Command::Derivation(derivation) => derivation.run(&context),
        Command::Log(log) => log.run(&context),
        Command::Run(run) => run.run(&context),
        Command::Nar(nar) => nar.run(&context),
        Command::Hash(hash) => hash.run(&context),
        Command::Key(key) => key.run(&context),
        Command::Completions(completions) => completions.run(),
    };
    context.progress.finish();
    result.unwrap_or_else(|error| context.show_error(&error))
}

/// What environment and machine say.
pub fn settings() -> Settings {
    let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
    let environment = std::env::vars_os()
        .map(|(name, value)| (text(name), text(value)))
        .collect();
    let current = std::env::current_dir().unwrap_or_else(|_| "/".into());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    Settings::from_environment(environment, &current, cores, now)
}
