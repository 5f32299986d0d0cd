//! `hardpan store …`

use std::path::PathBuf;
use std::process::ExitCode;

use ::store::FileKind;
use clap::{Args, Subcommand, ValueEnum};
use nix_formats::StorePath;
use operations::stored::{self, Entry, VerifyOptions, VerifyReport};
use serde_json::{Value, json};

use super::copy::Sign;
use super::{Context, Outcome};
use crate::{output, talk};

/// Look after the store
#[derive(Debug, Subcommand)]
pub enum Store {
    /// Check that nothing in the store was changed
    Verify(Verify),
    /// Remove what nothing keeps alive
    Gc(Collect),
    /// List a store path
    Ls(List),
    /// Print a file of the store
    Cat(Cat),
    /// Copy a file or folder into the store
    #[command(alias = "add-path")]
    Add(Add),
    /// Copy a file into the store under a name that follows from its content alone
    AddFile(Add),
    /// Write the archive of a store path to standard output
    DumpPath(Cat),
    /// Show what keeps store paths alive
    Roots(Roots),
    /// Sign store paths
    Sign(Sign),
}

/// Check that nothing in the store was changed, and that somebody trusted vouches for it
#[derive(Debug, Args)]
pub struct Verify {
    /// Store paths; all if none is given
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// All paths, which is what happens without any
    #[arg(long, conflicts_with = "paths")]
    all: bool,
    /// With all that the paths refer to
    #[arg(long, short = 'r')]
    recursive: bool,
    /// Do not compare contents with what was recorded
    #[arg(long)]
    no_contents: bool,
    /// Do not ask who vouches for a path
    #[arg(long)]
    no_trust: bool,
    /// How many signatures a path needs, also one that was built here
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 0)]
    sigs_needed: usize,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Remove what nothing keeps alive
#[derive(Debug, Args)]
pub struct Collect {
    /// Say what would be removed and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// List a store path
#[derive(Debug, Args)]
pub struct List {
    /// A store path or a link to one, or something inside
    #[arg(value_name = "PATH")]
    path: String,
    #[command(flatten)]
    listing: Listing,
}

/// How files are listed.
#[derive(Debug, Args)]
pub struct Listing {
    /// With all that is in folders
    #[arg(long, short = 'R')]
    recursive: bool,
    /// With kind and size
    #[arg(long, short = 'l')]
    long: bool,
    /// The folder itself, not what is in it
    #[arg(long, short = 'd')]
    directory: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Print a file of the store
#[derive(Debug, Args)]
pub struct Cat {
    /// A file in a store path
    #[arg(value_name = "PATH")]
    path: String,
}

/// Copy a file or folder into the store
#[derive(Debug, Args)]
pub struct Add {
    /// What to copy
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// The name in the store
    #[arg(long, short = 'n', value_name = "NAME")]
    name: Option<String>,
    /// Whether its name follows from its archive or from the content of one file
    #[arg(long, value_name = "MODE", default_value = "nar")]
    mode: Mode,
    /// By which digest a file is named
    #[arg(long, value_name = "ALGORITHM", default_value = "sha256")]
    hash_algo: String,
    /// Say where it would lie and copy nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    #[value(alias = "recursive")]
    Nar,
    Flat,
}

/// Show what keeps store paths alive
#[derive(Debug, Args)]
pub struct Roots {
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

impl Store {
    pub fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Verify(verify) => verify.run(context),
            Self::Gc(collect) => collect.run(context),
            Self::Ls(list) => list.run(context),
            Self::Cat(cat) => cat.run(context),
            Self::Add(add) => add.run(context),
            Self::AddFile(mut add) => {
                add.mode = Mode::Flat;
                add.run(context)
            }
            Self::DumpPath(dump) => {
                let path = stored::physical(&context.session, &dump.path)?;
                output::stream(|out| stored::dump(&path, out))?;
                Ok(ExitCode::SUCCESS)
            }
            Self::Roots(roots) => roots.run(context),
            Self::Sign(sign) => sign.run(context),
        }
    }
}

/// The exit status if something is damaged, as Nix's.
const DAMAGED: u8 = 1;
/// The exit status if something is not trusted, as Nix's; both add up.
const UNTRUSTED: u8 = 2;

impl Verify {
    fn run(self, context: &Context) -> Outcome {
        let report = stored::verify(&context.session, &self.wanted(context)?, self.options())?;
        context.progress.finish();
        if self.json {
            output::line(&as_json(&report).to_string())?;
        }
        for (path, what) in &report.damaged {
            talk::line(&format!("error: path '{path}' is damaged: {what}"));
        }
        for path in &report.untrusted {
            talk::line(&format!("error: path '{path}' is untrusted"));
        }
        let (damaged, untrusted) = (report.damaged.len(), report.untrusted.len());
        let mut status = 0;
        if damaged > 0 {
            status |= DAMAGED;
            talk::line(&format!("{damaged} of {} paths are damaged", report.checked));
            talk::line("hint: remove the links that keep them, run 'hardpan store gc' and build again");
        }
        if untrusted > 0 {
            status |= UNTRUSTED;
            talk::line(&format!(
                "{untrusted} of {} paths were neither built here nor signed by a key of 'trusted-public-keys'",
                report.checked
            ));
            talk::line(
                "hint: sign them with 'hardpan store sign' if you vouch for them, or pass '--no-trust'",
            );
        }
        if status == 0 {
            context.say(&format!("{} paths checked, all are whole", report.checked));
        }
        Ok(ExitCode::from(status))
    }

    /// Nothing stands for everything.
    fn wanted(&self, context: &Context) -> Result<Vec<StorePath>, operations::Error> {
        let session = &context.session;
        let paths = self.paths.iter().map(|path| stored::valid_path(session, path));
        let paths = paths.collect::<Result<Vec<_>, _>>()?;
        match self.recursive && !paths.is_empty() {
            true => Ok(session.store()?.closure(&paths)?.into_iter().collect()),
            false => Ok(paths),
        }
    }

    fn options(&self) -> VerifyOptions {
        VerifyOptions {
            contents: !self.no_contents,
            trust: !self.no_trust,
            signatures_needed: self.sigs_needed,
        }
    }
}

fn as_json(report: &VerifyReport) -> Value {
    let damaged = report
        .damaged
        .iter()
        .map(|(path, what)| (path.to_string(), json!(what)));
    let damaged: serde_json::Map<String, Value> = damaged.collect();
    let untrusted: Vec<String> = report.untrusted.iter().map(ToString::to_string).collect();
    json!({ "checked": report.checked, "damaged": damaged, "untrusted": untrusted })
}

impl Collect {
    fn run(self, context: &Context) -> Outcome {
        // Nix keeps no more than derivations; here what is kept can be built again without the network.
        let collected = stored::collect_garbage(&context.session, self.dry_run, !context.as_nix)?;
        context.progress.finish();
        let paths: Vec<String> = collected.paths.iter().map(ToString::to_string).collect();
        if self.json {
            output::line(&json!({ "paths": paths, "freedBytes": collected.freed_bytes }).to_string())?;
            return Ok(ExitCode::SUCCESS);
        }
        paths.iter().try_for_each(|path| output::line(path))?;
        let verb = if self.dry_run {
            "would be removed"
        } else {
            "removed"
        };
        context.say(&format!(
            "{} store paths {verb}, {} freed",
            paths.len(),
            output::size(collected.freed_bytes)
        ));
        Ok(ExitCode::SUCCESS)
    }
}

impl List {
    fn run(self, context: &Context) -> Outcome {
        let entries = stored::list(&context.session, &self.path, true)?;
        self.listing.print(&entries, &self.path)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Listing {
    /// Prints entries of which the first is what was asked for and the others lie in it, as Nix does.
    pub fn print(&self, entries: &[Entry], asked: &str) -> Result<(), operations::Error> {
        if self.json {
            return output::line(&self.as_json(entries, "", true).to_string());
        }
        let shown = match entries.split_first() {
            Some((top, inside)) if top.kind == FileKind::Directory && !self.directory => inside,
            Some((top, _)) => {
                let name = asked.rsplit('/').find(|part| !part.is_empty());
                return output::line(&self.line(top, name.unwrap_or(asked)));
            }
            None => return Ok(()),
        };
        let shown = shown
            .iter()
            .filter(|entry| self.recursive || !entry.path.contains('/'));
        shown
            .map(|entry| self.line(entry, &format!("./{}", entry.path)))
            .try_for_each(|line| output::line(&line))
    }

    fn line(&self, entry: &Entry, path: &str) -> String {
        if !self.long {
            return path.to_owned();
        }
        let kind = match (entry.kind, entry.executable) {
            (FileKind::Directory, _) => "dr-xr-xr-x",
            (FileKind::Symlink, _) => "lrwxrwxrwx",
            (_, true) => "-r-xr-xr-x",
            (_, false) => "-r--r--r--",
        };
        let target = entry
            .target
            .as_ref()
            .map(|target| format!(" -> {target}"))
            .unwrap_or_default();
        format!("{kind} {:>20} {path}{target}", entry.size)
    }

    /// What lies at `path`; of what is in a folder that is not the first one, only the name unless asked for all.
    fn as_json(&self, entries: &[Entry], path: &str, is_top: bool) -> Value {
        let Some(entry) = entries.iter().find(|entry| entry.path == path) else {
            return Value::Null;
        };
        match entry.kind {
            _ if !is_top && !self.recursive => json!({}),
            FileKind::Symlink => json!({ "type": "symlink", "target": entry.target }),
            FileKind::Directory => {
                let mut inside = serde_json::Map::new();
                for below in entries {
                    let name = match path {
                        "" => Some(below.path.as_str()),
                        _ => below
                            .path
                            .strip_prefix(path)
                            .and_then(|rest| rest.strip_prefix('/')),
                    };
                    if let Some(name) = name.filter(|name| !name.is_empty() && !name.contains('/')) {
                        inside.insert(name.to_owned(), self.as_json(entries, &below.path, false));
                    }
                }
                json!({ "type": "directory", "entries": inside })
            }
            _ => {
                let mut file = json!({ "type": "regular", "size": entry.size });
                if entry.executable {
                    file["executable"] = Value::Bool(true);
                }
                file
            }
        }
    }
}

impl Cat {
    fn run(self, context: &Context) -> Outcome {
        output::stream(|out| stored::cat(&context.session, &self.path, out))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Add {
    fn run(self, context: &Context) -> Outcome {
        let session = &context.session;
        let algorithm = operations::hashing::algorithm(&self.hash_algo)?;
        let name = self.name.as_deref();
        let path = match (self.mode, self.dry_run) {
            (Mode::Nar, false) => stored::add(session, &self.path, name)?,
            (Mode::Nar, true) => stored::would_add(session, &self.path, name)?,
            (Mode::Flat, _) => stored::add_flat(session, &self.path, name, algorithm)?,
        };
        output::line(&path.to_string())?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Roots {
    fn run(self, context: &Context) -> Outcome {
        let roots = stored::roots(&context.session)?;
        if self.json {
            let roots = roots
                .iter()
                .map(|root| json!({ "link": root.link, "path": root.path.to_string() }));
            output::line(&roots.collect::<Value>().to_string())?;
            return Ok(ExitCode::SUCCESS);
        }
        for root in &roots {
            output::line(&format!("{} -> {}", root.link.display(), root.path))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
