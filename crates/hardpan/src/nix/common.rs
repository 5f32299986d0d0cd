//! The flags that all of Nix's older programs take.

use std::collections::BTreeMap;

use operations::known_settings::{Kind, KnownSetting};
use operations::{Argument, Error, Evaluation, LockOptions, Root, Settings};

use super::words::Words;
use super::{Stop, standard_input};

/// What `--help` says about them.
pub const USAGE: &str = "
Options of all programs:
  --arg NAME CODE         pass the value of an expression to functions on the way
  --argstr NAME TEXT      pass a string to functions on the way
  -I, --include ENTRY     look for <name> here before NIX_PATH
  --option NAME VALUE     set what nix.conf sets
  --store ROOT            the folder of the store
  -j, --max-jobs N        how many builds run side by side
  --cores N               how many threads one build uses
  -k, --keep-going        build what does not depend on a failed derivation
  -K, --keep-failed       leave the folder of a failed build
  -Q, --no-build-output   do not show what builds say
  --show-trace            show how evaluation came to an error
  -v, --quiet, --version, --help

What this program does is hardpan's doing; 'hardpan --help' shows the rest.
";

/// Settings whose flags the programs read themselves.
const OWN_FLAGS: [&str; 6] = [
    "store",
    "cores",
    "max-jobs",
    "keep-failed",
    "keep-going",
    "show-trace",
];

/// The setting that a flag (without its dashes) stands for, and its value if no argument follows: `--name VALUE`, and
/// for what is on or off `--name` and `--no-name`.
pub fn setting_of_flag(flag: &str) -> Option<(&str, Option<&'static str>)> {
    let known = |name: &str| KnownSetting::find(name).filter(|_| !OWN_FLAGS.contains(&name));
    let (name, value) = match flag.strip_prefix("no-") {
        Some(name) if known(name).is_some() => (name, "false"),
        _ => (flag, "true"),
    };
    if name == "sandbox" && value == "true" {
        return Some((name, Some("true")));
    }
    match known(
        name.strip_prefix("extra-")
            .filter(|_| known(name).is_none())
            .unwrap_or(name),
    )?
    .kind
    {
        Kind::Flag => Some((name, Some(value))),
        _ if value == "false" => None,
        _ => Some((name, None)),
    }
}

/// What all programs were asked.
#[derive(Debug, Default)]
pub struct Common {
    arguments: BTreeMap<String, Argument>,
    include: Vec<String>,
    options: Vec<(String, String)>,
    store: Option<String>,
    impure: bool,
    offline: bool,
    read_write: bool,
    /// Say little.
    pub quiet: bool,
    /// Do not show what builds say.
    pub no_build_output: bool,
    /// Show how evaluation came to an error.
    pub show_trace: bool,
}

impl Common {
    /// Takes a flag; whether it is one of these.
    pub fn flag(&mut self, flag: &str, words: &mut Words) -> Result<bool, Stop> {
        match flag {
            "--arg" | "--argstr" | "--arg-from-file" => self.argument(flag, words)?,
            "-I" | "--include" => self.include.push(words.argument(flag)?),
            "--option" => {
                let name = words.argument(flag)?;
                let value = words.argument(flag)?;
                self.options.push((name, value));
            }
            "--store" => self.store = Some(words.argument(flag)?),
            "-j" | "--max-jobs" => self.set("max-jobs", words.argument(flag)?),
            "--cores" => self.set("cores", words.argument(flag)?),
            "-k" | "--keep-going" => self.set("keep-going", "true".to_owned()),
            "-K" | "--keep-failed" => self.set("keep-failed", "true".to_owned()),
            "-S" | "--no-keep-going" => self.set("keep-going", "false".to_owned()),
            "-Q" | "--no-build-output" => self.no_build_output = true,
            "--quiet" => self.quiet = true,
            "--show-trace" => self.show_trace = true,
            "--read-write-mode" => self.read_write = true,
            "--impure" => self.impure = true,
            "--offline" => self.offline = true,
            "--no-keep-failed" => self.set("keep-failed", "false".to_owned()),
            "--repair" => {
                return Err(Stop::Usage(
                    "'--repair' is not possible: 'hardpan store verify' tells what is damaged".to_owned(),
                ));
            }
            "--eval-store" => match words.argument(flag)?.as_str() {
                "" | "auto" => {}
                other => {
                    return Err(Stop::Usage(format!(
                        "'--eval-store {other}' is not possible: evaluation uses the store that '--store' names"
                    )));
                }
            },
            // What is said is the same with and without.
            "-v" | "--verbose" | "--debug" | "--readonly-mode" | "--no-gc-warning" | "--print-build-logs"
            | "-L" => {}
            "--log-format" => drop(words.argument(flag)?),
            _ => return self.setting(flag, words),
        }
        Ok(true)
    }

    fn argument(&mut self, flag: &str, words: &mut Words) -> Result<(), Stop> {
        let name = words.argument(flag)?;
        let text = words.argument(flag)?;
        let value = match flag {
            "--arg" => Argument::Expression(text),
            "--argstr" => Argument::Text(text),
            _ => {
                let content = std::fs::read_to_string(&text);
                let failed = |error| Stop::Usage(format!("cannot read '{text}': {error}"));
                Argument::Text(content.map_err(failed)?)
            }
        };
        self.arguments.insert(name, value);
        Ok(())
    }

    fn set(&mut self, name: &str, value: String) {
        self.options.push((name.to_owned(), value));
    }

    fn setting(&mut self, flag: &str, words: &mut Words) -> Result<bool, Stop> {
        let Some(name) = flag.strip_prefix("--") else {
            return Ok(false);
        };
        match setting_of_flag(name) {
            Some((name, Some(value))) => self.set(name, value.to_owned()),
            Some((name, None)) => {
                let value = words.argument(flag)?;
                self.set(name, value);
            }
            None => return Ok(false),
        }
        Ok(true)
    }

    /// Puts what was said into `settings`.
    pub fn apply(&self, settings: &mut Settings) -> Result<(), Error> {
        for (name, value) in &self.options {
            settings.set_option(name, value);
        }
        settings.include = self.include.clone();
        settings.impure = self.impure;
        settings.offline = self.offline;
        settings.read_write = self.read_write;
        settings.check()?;
        settings.choose_store_as_nix(self.store.as_deref())
    }

    /// What a word of the command line says is to be evaluated.
    pub fn root(&self, word: &str, is_expression: bool) -> Result<Root, Error> {
        Ok(match (word, is_expression) {
            ("-", _) => Root::Input(standard_input()?),
            (code, true) => Root::Expression(code.to_owned()),
            (file, false) => Root::File(file.into()),
        })
    }

    /// The evaluation of a root with the arguments that were given.
    pub fn evaluation(&self, root: Root) -> Evaluation {
        Evaluation {
            root,
            lock: LockOptions::default(),
            arguments: self.arguments.clone(),
        }
    }
}
