//! `nix-store`: realises, asks about, takes in and gives out store paths.

mod garbage;
mod query;

use std::path::PathBuf;
use std::process::ExitCode;

use nix_formats::StorePath;
use operations::build::{self, Resolved};
use operations::stored::{self, Query};
use operations::{Error, Session, hashing, instantiate, keys};

use super::words::Words;
use super::{Flags, Stop, standard_input};
use crate::commands::{Context, Outcome};
use crate::output;

/// What `--help` says first.
pub const USAGE: &str = "\
nix-store: work on the store

Usage: nix-store OPERATION [OPTION…] [PATH…]

  -r, --realise           build or fetch; --dry-run, --check, --add-root LINK
  -q, --query             ask: --outputs, --references, --referrers, --requisites (-R), --include-outputs,
                          --referrers-closure, --deriver (-d), --valid-derivers, --hash, --size, --tree,
                          --graph, --roots, --binding (-b) NAME; --use-output, --force-realise
  --add                   copy files into the store
  --add-fixed ALGORITHM   the same under the name of a fixed output; --recursive
  --print-fixed-path ALGORITHM HASH NAME
  --dump, --restore       write and read archives
  --export, --import      write and read store paths with what is known about them
  --verify                check the store; --check-contents
  --verify-path           check some paths
  --gc                    remove what nothing keeps alive; --print-roots, --print-dead, --print-live
  --delete                remove some paths
  --dump-db, --load-db, --register-validity
  -l, --read-log          what a build said
  --print-env             the variables of a derivation
  --generate-binary-cache-key NAME SECRET-FILE PUBLIC-FILE
";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Realise,
    Query,
    Add,
    AddFixed,
    PrintFixedPath,
    Dump,
    Restore,
    Export,
    Import,
    Verify,
    VerifyPath,
    Collect,
    Delete,
    DumpDatabase,
    LoadDatabase,
    RegisterValidity,
    ReadLog,
    PrintEnvironment,
    GenerateKey,
    Nothing,
}

const OPERATIONS: &[(&str, Operation)] = &[
    ("--realise", Operation::Realise),
    ("--realize", Operation::Realise),
    ("-r", Operation::Realise),
    ("--query", Operation::Query),
    ("-q", Operation::Query),
    ("--add", Operation::Add),
    ("-A", Operation::Add),
    ("--add-fixed", Operation::AddFixed),
    ("--print-fixed-path", Operation::PrintFixedPath),
    ("--dump", Operation::Dump),
    ("--restore", Operation::Restore),
    ("--export", Operation::Export),
    ("--import", Operation::Import),
    ("--verify", Operation::Verify),
    ("--verify-path", Operation::VerifyPath),
    ("--gc", Operation::Collect),
    ("--delete", Operation::Delete),
    ("--dump-db", Operation::DumpDatabase),
    ("--load-db", Operation::LoadDatabase),
    ("--register-validity", Operation::RegisterValidity),
    ("--read-log", Operation::ReadLog),
    ("-l", Operation::ReadLog),
    ("--print-env", Operation::PrintEnvironment),
    ("--generate-binary-cache-key", Operation::GenerateKey),
    ("--init", Operation::Nothing),
    ("--optimise", Operation::Nothing),
];

#[derive(Debug)]
enum Ask {
    Lines(Query),
    Requisites,
    Graph,
}

/// What of garbage is printed.
#[derive(Clone, Copy, Debug)]
enum Garbage {
    Roots,
    Live,
    Dead,
    Delete,
}

/// What was asked.
#[derive(Debug, Default)]
pub struct Store {
    operation: Option<Operation>,
    ask: Option<Ask>,
    garbage: Option<Garbage>,
    include_outputs: bool,
    use_output: bool,
    force_realise: bool,
    check_contents: bool,
    recursive: bool,
    hash_given: bool,
    dry_run: bool,
    check: bool,
    link: Option<PathBuf>,
    words: Vec<String>,
}

impl Flags for Store {
    fn flag(&mut self, flag: &str, words: &mut Words) -> Result<bool, Stop> {
        if let Some((_, operation)) = OPERATIONS.iter().find(|(name, _)| *name == flag)
            && self.operation.is_none()
        {
            self.operation = Some(*operation);
            return Ok(true);
        }
        if self.operation == Some(Operation::Query) && self.question(flag, words)? {
            return Ok(true);
        }
        match flag {
            "--print-roots" => self.garbage = Some(Garbage::Roots),
            "--print-live" => self.garbage = Some(Garbage::Live),
            "--print-dead" => self.garbage = Some(Garbage::Dead),
            "--max-freed" => drop(words.argument(flag)?),
            "--check-contents" => self.check_contents = true,
            "--recursive" => self.recursive = true,
            "--hash-given" => self.hash_given = true,
            "--dry-run" => self.dry_run = true,
            "--check" => self.check = true,
            "--add-root" => self.link = Some(words.argument(flag)?.into()),
            "--indirect" | "--ignore-liveness" | "--reregister" | "--ignore-unknown" => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn word(&mut self, word: String) {
        self.words.push(word);
    }
}

impl Store {
    /// Takes a flag of `--query`.
    fn question(&mut self, flag: &str, words: &mut Words) -> Result<bool, Stop> {
        let query = match flag {
            "--outputs" => Query::Outputs,
            "--references" => Query::References,
            "--referrers" => Query::Referrers,
            "--referrers-closure" => Query::ReferrersClosure,
            "--deriver" | "-d" => Query::Deriver,
            "--valid-derivers" => Query::ValidDerivers,
            "--hash" => Query::Hash,
            "--size" => Query::Size,
            "--roots" => Query::Roots,
            "--tree" => Query::Tree,
            "--binding" | "-b" => Query::Binding(words.argument(flag)?),
            _ => {
                match flag {
                    "--requisites" | "-R" => self.ask = Some(Ask::Requisites),
                    "--graph" => self.ask = Some(Ask::Graph),
                    "--include-outputs" => self.include_outputs = true,
                    "--use-output" | "-u" => self.use_output = true,
                    "--force-realise" | "--force-realize" | "-f" => self.force_realise = true,
                    _ => return Ok(false),
                }
                return Ok(true);
            }
        };
        self.ask = Some(Ask::Lines(query));
        Ok(true)
    }

    pub fn run(self, context: &Context) -> Outcome {
        let session = &context.session;
        let Some(operation) = self.operation else {
            return Err(Error::Usage(
                "no operation specified; see 'nix-store --help'".to_owned(),
            ));
        };
        match operation {
            Operation::Realise => self.realise(context)?,
            Operation::Query => self.query(session)?,
            Operation::Add => {
                for word in &self.words {
                    output::line(&stored::add(session, word.as_ref(), None)?.to_string())?;
                }
            }
            Operation::AddFixed => self.add_fixed(context)?,
            Operation::PrintFixedPath => self.print_fixed_path()?,
            Operation::Dump | Operation::Restore | Operation::Export | Operation::Import => {
                self.exchange(context, operation)?;
            }
            Operation::Verify | Operation::VerifyPath => return self.verify(session, operation),
            Operation::Collect => self.collect(session)?,
            Operation::Delete => self.delete(session)?,
            Operation::DumpDatabase => {
                output::bytes(stored::database_dump(session, &self.paths(session)?)?.as_bytes())?;
            }
            Operation::LoadDatabase => drop(stored::load_database(session, &standard_input()?, true)?),
            Operation::RegisterValidity => {
                stored::load_database(session, &standard_input()?, self.hash_given)?;
            }
            Operation::ReadLog => {
                for path in self.paths(session)? {
                    let path = stored::derivation_of(session, &path)?.0;
                    output::log(&stored::build_log(session, &path)?)?;
                }
            }
            Operation::PrintEnvironment => self.print_environment(session)?,
            Operation::GenerateKey => match &self.words[..] {
                [name, secret, public] => keys::write_pair(session, name, secret.as_ref(), public.as_ref())?,
                _ => return Err(usage("three arguments expected: NAME SECRET-FILE PUBLIC-FILE")),
            },
            Operation::Nothing => drop(session.store()?),
        }
        Ok(ExitCode::SUCCESS)
    }

    fn paths(&self, session: &Session) -> Result<Vec<StorePath>, Error> {
        self.words
            .iter()
            .map(|word| stored::valid_path(session, word))
            .collect()
    }

    fn realise(&self, context: &Context) -> Result<(), Error> {
        let session = &context.session;
        let targets = self.words.iter().map(|word| stored::derived_path(session, word));
        let resolved = Resolved {
            targets: targets.collect::<Result<_, _>>()?,
        };
        let plan = build::plan(session, &resolved)?;
        super::build::announce(context, &plan);
        if self.dry_run {
            return Ok(());
        }
        let built = match self.check {
            true => build::rebuild(session, resolved)?,
            false => build::realise(session, resolved)?,
        };
        context.progress.finish();
        // Nix tells the outputs of a derivation in the order of their paths.
        let by_path = |built: &build::Built| {
            let outputs = built
                .outputs
                .iter()
                .map(|(output, path)| (path.clone(), output.clone()));
            outputs.collect::<std::collections::BTreeMap<_, _>>()
        };
        for (number, (path, output)) in built.iter().flat_map(by_path).enumerate() {
            let Some(link) = &self.link else {
                output::line(&path.to_string())?;
                continue;
            };
            let mut name = link.as_os_str().to_owned();
            if number > 0 {
                name.push(format!("-{}", number + 1));
            }
            if output != "out" {
                name.push(format!("-{output}"));
            }
            let link = instantiate::keep(session, name.as_ref(), &path)?;
            output::line(&link.display().to_string())?;
        }
        Ok(())
    }

    fn add_fixed(&self, context: &Context) -> Result<(), Error> {
        let Some((algorithm, files)) = self.words.split_first() else {
            return Err(usage("first argument must be hash algorithm"));
        };
        let algorithm = hashing::algorithm(algorithm)?;
        for file in files {
            let path = stored::add_fixed(&context.session, file.as_ref(), algorithm, self.recursive)?;
            output::line(&path.to_string())?;
        }
        Ok(())
    }

    fn print_fixed_path(&self) -> Result<(), Error> {
        let [algorithm, hash, name] = &self.words[..] else {
            return Err(usage("three arguments expected: ALGORITHM HASH NAME"));
        };
        let algorithm = hashing::algorithm(algorithm)?;
        let hash = hashing::parse(hash, Some(algorithm))?;
        output::line(&stored::fixed_path(name, hash, self.recursive)?.to_string())
    }

    fn exchange(&self, context: &Context, operation: Operation) -> Result<(), Error> {
        let session = &context.session;
        let word = || self.words.first().ok_or_else(|| usage("one argument expected"));
        match operation {
            Operation::Dump => {
                let path = context.settings().current_folder.join(word()?);
                output::stream(|out| stored::dump(&path, out))
            }
            Operation::Export => {
                let paths = self.paths(session)?;
                output::stream(|out| stored::export(session, &paths, out))
            }
            Operation::Restore => {
                let to = context.settings().current_folder.join(word()?);
                stored::restore(std::io::stdin().lock(), &to)
            }
            _ => stored::import(session, std::io::stdin().lock())?
                .iter()
                .try_for_each(|path| output::line(&path.to_string())),
        }
    }

    fn print_environment(&self, session: &Session) -> Result<(), Error> {
        let [path] = &self.paths(session)?[..] else {
            return Err(usage("'--print-env' requires one derivation store path"));
        };
        let (_, derivation) = stored::derivation_of(session, path)?;
        let escaped = |text: String| text.replace('\'', "'\\''");
        for (name, value) in &derivation.environment {
            output::line(&format!(
                "export {name}; {name}='{}'\n",
                escaped(value.to_string())
            ))?;
        }
        let arguments: Vec<String> = derivation
            .arguments
            .iter()
            .map(|argument| escaped(argument.to_string()))
            .collect();
        output::line(&format!("export _args; _args='{}'", arguments.join(" ")))
    }
}

fn usage(message: &str) -> Error {
    Error::Usage(message.to_owned())
}
