//! The programs of Nix that hardpan stands in for: called by their names, it takes their flags and prints what they
//! print.

mod build;
mod common;
mod hash;
mod instantiate;
mod store;
mod words;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use operations::Error;

use crate::commands::{Context, settings};
use crate::progress::{Options, Talk};
use crate::{report, talk, usage};
use common::Common;
use words::Words;

/// The version of Nix whose behaviour these programs promise.
pub const VERSION: &str = "2.34.8";

/// A program of Nix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `nix-instantiate`
    Instantiate,
    /// `nix-build`
    Build,
    /// `nix-store`
    Store,
    /// `nix-hash`
    Hash,
}

impl Program {
    /// The program that goes by the file name of what was called.
    pub fn called(command: &OsString) -> Option<Self> {
        match Path::new(command).file_name()?.to_str()? {
            "nix-instantiate" => Some(Self::Instantiate),
            "nix-build" => Some(Self::Build),
            "nix-store" => Some(Self::Store),
            "nix-hash" => Some(Self::Hash),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Instantiate => "nix-instantiate",
            Self::Build => "nix-build",
            Self::Store => "nix-store",
            Self::Hash => "nix-hash",
        }
    }

    const fn usage(self) -> &'static str {
        match self {
            Self::Instantiate => instantiate::USAGE,
            Self::Build => build::USAGE,
            Self::Store => store::USAGE,
            Self::Hash => hash::USAGE,
        }
    }

    /// Carries out a command line.
    pub fn run(self, arguments: impl Iterator<Item = OsString>) -> ExitCode {
        let words = Words::new(arguments.map(|word| word.to_string_lossy().into_owned()));
        let mut asked = Asked::new(self);
        let parsed = asked.read(words);
        match parsed {
            Err(Stop::Version) => {
                return usage::told(&format!("{} (Nix) {VERSION}", self.name()));
            }
            Err(Stop::Help) => {
                return usage::told(&format!("{}{}", self.usage(), common::USAGE.trim_end()));
            }
            Err(Stop::Usage(message)) => {
                talk::line(&format!("error: {message}"));
                talk::line(&format!("Try '{} --help' for more information.", self.name()));
                return ExitCode::FAILURE;
            }
            Ok(()) => {}
        }
        let Asked { common, request } = asked;
        let options = Options {
            json: false,
            talk: if common.quiet { Talk::Warnings } else { Talk::All },
            logs: matches!(request, Request::Build(_) | Request::Store(_)) && !common.no_build_output,
        };
        let show_trace = common.show_trace;
        let mut settings = settings();
        if let Err(error) = common.apply(&mut settings) {
            report::plain(&error);
            return ExitCode::FAILURE;
        }
        let show_trace = show_trace || settings.configuration.flag("show-trace") == Some(true);
        let mut context = Context::new(settings, options);
        context.as_nix = true;
        context.show_trace = show_trace;
        let result = match request {
            Request::Instantiate(request) => request.run(&context, &common),
            Request::Build(request) => request.run(&context, &common),
            Request::Store(request) => request.run(&context),
            Request::Hash(request) => request.run(&context),
        };
        context.progress.finish();
        result.unwrap_or_else(|error| context.show_error(&error))
    }
}

/// Whether what was called is the program `nix`.
pub fn is_new_program(command: &OsString) -> bool {
    Path::new(command).file_name().is_some_and(|name| name == "nix")
}

/// The words of a command line in which flags that stand for settings of `nix.conf` (`--substituters URL`,
/// `--no-sandbox`) are options.
pub fn settings_as_options(words: Vec<OsString>) -> Vec<OsString> {
    let mut words = words.into_iter();
    let mut out = Vec::new();
    while let Some(word) = words.next() {
        if word == "--" {
            out.push(word);
            break;
        }
        let flag = word.to_str().and_then(|word| word.strip_prefix("--"));
        match flag.and_then(common::setting_of_flag) {
            Some((name, Some(value))) => out.extend(["--option", name, value].map(OsString::from)),
            Some((name, None)) => {
                out.extend(["--option", name].map(OsString::from));
                out.extend(words.next());
            }
            None => out.push(word),
        }
    }
    out.extend(words);
    out
}

/// Why a command line is not carried out.
pub enum Stop {
    /// `--version`
    Version,
    /// `--help`
    Help,
    /// It cannot be understood.
    Usage(String),
}

/// What a program of Nix reads its own flags into.
pub trait Flags {
    /// Takes a flag of the program's own; whether it is one.
    fn flag(&mut self, flag: &str, words: &mut Words) -> Result<bool, Stop>;
    /// Takes a word that is no flag.
    fn word(&mut self, word: String);
}

enum Request {
    Instantiate(instantiate::Instantiate),
    Build(build::Build),
    Store(store::Store),
    Hash(hash::Hash),
}

struct Asked {
    common: Common,
    request: Request,
}

impl Asked {
    fn new(program: Program) -> Self {
        let request = match program {
            Program::Instantiate => Request::Instantiate(instantiate::Instantiate::default()),
            Program::Build => Request::Build(build::Build::default()),
            Program::Store => Request::Store(store::Store::default()),
            Program::Hash => Request::Hash(hash::Hash::default()),
        };
        Self {
            common: Common::default(),
            request,
        }
    }

    fn read(&mut self, mut words: Words) -> Result<(), Stop> {
        let flags: &mut dyn Flags = match &mut self.request {
            Request::Instantiate(request) => request,
            Request::Build(request) => request,
            Request::Store(request) => request,
            Request::Hash(request) => request,
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--version" => return Err(Stop::Version),
                "--help" => return Err(Stop::Help),
                flag if flag.starts_with('-') && flag.len() > 1 => {
                    if !flags.flag(flag, &mut words)? && !self.common.flag(flag, &mut words)? {
                        return Err(Stop::Usage(format!("unrecognised flag '{flag}'")));
                    }
                }
                _ => flags.word(word),
            }
        }
        Ok(())
    }
}

/// Standard input as text.
pub fn standard_input() -> Result<String, Error> {
    std::io::read_to_string(std::io::stdin()).map_err(|source| Error::Files {
        operation: "read",
        path: "standard input".into(),
        source,
    })
}
