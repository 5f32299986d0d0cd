//! Arguments that several commands share.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Parser};
use flake::{FlakeReference, LockFlags, parse_input_path, resolve_path_reference};
use operations::{Argument, Error, LockOptions, Root, Settings};

use crate::commands::Command;

/// Turns a declarative machine description into an immutable machine image.
#[derive(Debug, Parser)]
#[command(name = "hardpan", version, arg_required_else_help = true)]
pub struct CommandLine {
    /// How to work, whatever is asked for.
    #[command(flatten)]
    pub common: Common,
    /// What is asked for.
    #[command(subcommand)]
    pub command: Command,
}

/// How to work, whatever is asked for.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// The folder of the store [default: $HARDPAN_STORE, else $XDG_DATA_HOME/hardpan]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub store: Option<String>,
    /// How many threads one build uses
    #[arg(long, global = true, value_name = "N")]
    pub cores: Option<usize>,
    /// How many builds run side by side
    #[arg(long, short = 'j', global = true, value_name = "N")]
    pub max_jobs: Option<usize>,
    /// Leave the folder of a failed build for looking at
    #[arg(long, short = 'K', global = true)]
    pub keep_failed: bool,
    /// Build what does not depend on a failed derivation before giving up
    #[arg(long, short = 'k', global = true)]
    pub keep_going: bool,
    /// Show what builds say
    #[arg(long, short = 'L', global = true)]
    pub print_build_logs: bool,
    /// Show how evaluation came to an error
    #[arg(long, global = true)]
    pub show_trace: bool,
    /// Evaluate with environment, clock and absolute paths in reach
    #[arg(long, global = true)]
    pub impure: bool,
    /// Say nothing but errors
    #[arg(long, short = 'q', global = true)]
    pub quiet: bool,
    /// Reach for no network
    #[arg(long, global = true)]
    pub offline: bool,
    /// Look for <name> here before NIX_PATH: FOLDER or NAME=PATH
    #[arg(long, short = 'I', global = true, value_name = "ENTRY")]
    pub include: Vec<String>,
    /// Set what nix.conf sets
    #[arg(long, global = true, num_args = 2, value_names = ["NAME", "VALUE"], action = clap::ArgAction::Append)]
    pub option: Vec<String>,
    /// Follow the settings that a flake brings (`nixConfig`), as far as they can be followed
    #[arg(long, global = true)]
    pub accept_flake_config: bool,
    /// Write derivations into the store even when only evaluating
    #[arg(long, global = true, hide = true)]
    pub read_write_mode: bool,
    /// Accepted for the sake of scripts
    #[arg(long, global = true, hide = true, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// Accepted for the sake of scripts
    #[arg(long, short = 'v', global = true, hide = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Turn features on, such as pipe-operators; what is no experiment any more is on anyway
    #[arg(long, global = true, value_name = "FEATURES", hide = true)]
    pub extra_experimental_features: Vec<String>,
    /// The features that are on
    #[arg(long, global = true, value_name = "FEATURES", hide = true)]
    pub experimental_features: Option<String>,
}

impl Common {
    /// Puts what was said on the command line into `settings`.
    pub fn apply(&self, settings: &mut Settings, as_nix: bool) -> Result<(), Error> {
        match as_nix {
            true => settings.choose_store_as_nix(self.store.as_deref())?,
            false => settings.choose_store(self.store.as_deref())?,
        }
        for pair in self.option.chunks(2) {
            let [name, value] = pair else { continue };
            settings.set_option(name, value);
        }
        if self.accept_flake_config {
            settings.set_option("accept-flake-config", "true");
        }
        if let Some(features) = &self.experimental_features {
            settings.set_option("experimental-features", features);
        }
        for features in &self.extra_experimental_features {
            settings.set_option("extra-experimental-features", features);
        }
        settings.include = self.include.clone();
        settings.offline = self.offline;
        settings.read_write = self.read_write_mode;
        settings.cores = self.cores.filter(|cores| *cores > 0).unwrap_or(settings.cores);
        settings.jobs = self.max_jobs.filter(|jobs| *jobs > 0).unwrap_or(settings.jobs);
        settings.keep_failed |= self.keep_failed;
        settings.keep_going |= self.keep_going;
        settings.impure = self.impure;
        settings.check()
    }
}

/// What may be done to lock files.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Lock file options")]
pub struct LockArguments {
    /// Take an input from elsewhere; the lock file is not written
    #[arg(long, num_args = 2, value_names = ["INPUT", "FLAKE"], action = clap::ArgAction::Append)]
    pub override_input: Vec<String>,
    /// Update the lock of an input
    #[arg(long, value_name = "INPUT")]
    pub update_input: Vec<String>,
    /// Make all locks anew
    #[arg(long)]
    pub recreate_lock_file: bool,
    /// Fail if the lock file would change
    #[arg(long)]
    pub no_update_lock_file: bool,
    /// Use changed locks without writing them
    #[arg(long)]
    pub no_write_lock_file: bool,
}

impl LockArguments {
    /// As operations take it.
    pub fn options(&self, settings: &Settings) -> Result<LockOptions, Error> {
        let mut flags = LockFlags {
            recreate: self.recreate_lock_file,
            forbid_changes: self.no_update_lock_file,
            ..LockFlags::default()
        };
        for input in &self.update_input {
            flags.update.insert(parse_input_path(input)?);
        }
        for pair in self.override_input.chunks(2) {
            let [input, flake] = pair else { continue };
            let (reference, fragment) = resolve_path_reference(flake, &settings.current_folder, false)?;
            if !fragment.is_empty() {
                return Err(Error::Usage(format!("'{flake}' names an attribute, not a flake")));
            }
            flags.overrides.insert(parse_input_path(input)?, reference);
        }
        let forget = self.no_write_lock_file || !flags.overrides.is_empty();
        Ok(LockOptions { flags, forget })
    }
}

/// What is evaluated when it is not a flake.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Options for files and expressions")]
pub struct RootArguments {
    /// Evaluate this file; what follows are attribute paths in it
    #[arg(long, short = 'f', value_name = "FILE", conflicts_with = "expr")]
    pub file: Option<PathBuf>,
    /// Evaluate this expression; what follows are attribute paths in it
    #[arg(long, value_name = "CODE")]
    pub expr: Option<String>,
    /// Pass the value of an expression to functions on the way
    #[arg(long, num_args = 2, value_names = ["NAME", "CODE"], action = clap::ArgAction::Append)]
    pub arg: Vec<String>,
    /// Pass a string to functions on the way
    #[arg(long, num_args = 2, value_names = ["NAME", "TEXT"], action = clap::ArgAction::Append)]
    pub argstr: Vec<String>,
}

impl RootArguments {
    /// The file or expression, if one was given; `-` stands for standard input.
    pub fn root(&self) -> Result<Option<Root>, Error> {
        let is_input = |text: &str| text == "-";
        if self.expr.as_deref().is_some_and(is_input)
            || self
                .file
                .as_ref()
                .and_then(|file| file.to_str())
                .is_some_and(is_input)
        {
            return Ok(Some(Root::Input(crate::nix::standard_input()?)));
        }
        Ok(self.written_root())
    }

    fn written_root(&self) -> Option<Root> {
        match (&self.file, &self.expr) {
            (Some(file), _) => Some(Root::File(file.clone())),
            (None, Some(code)) => Some(Root::Expression(code.clone())),
            (None, None) => None,
        }
    }

    /// The arguments by name.
    pub fn arguments(&self) -> BTreeMap<String, Argument> {
        let pairs = |list: &[String], make: fn(String) -> Argument| {
            let pair = move |pair: &[String]| match pair {
                [name, value] => Some((name.clone(), make(value.clone()))),
                _ => None,
            };
            list.chunks(2).filter_map(pair).collect::<Vec<_>>()
        };
        let code = pairs(&self.arg, Argument::Expression);
        code.into_iter()
            .chain(pairs(&self.argstr, Argument::Text))
            .collect()
    }
}

/// Reads a flake reference without attribute.
pub fn flake_reference(text: &str, settings: &Settings) -> Result<FlakeReference, Error> {
    let (reference, fragment) = resolve_path_reference(text, &settings.current_folder, true)?;
    match fragment.is_empty() {
        true => Ok(reference),
        false => Err(Error::Usage(format!(
            "'{text}' names an attribute; this command takes a whole flake"
        ))),
    }
}
