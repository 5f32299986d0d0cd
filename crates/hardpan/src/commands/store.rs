//! `hardpan store …`

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use ::store::FileKind;
use clap::{Args, Subcommand};
use operations::stored::{self, Entry};
use serde_json::{Value, json};

use super::copy::Sign;
use super::{Context, Outcome};
use crate::output;

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
    Add(Add),
    /// Show what keeps store paths alive
    Roots(Roots),
    /// Sign store paths
    Sign(Sign),
}

/// Check that nothing in the store was changed
#[derive(Debug, Args)]
pub struct Verify {
    /// Store paths; all if none is given
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// All paths, which is what happens without any
    #[arg(long, conflicts_with = "paths")]
    all: bool,
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
    /// With all that is in folders
    #[arg(long, short = 'R')]
    recursive: bool,
    /// With kind and size
    #[arg(long, short = 'l')]
    long: bool,
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
            Self::Roots(roots) => roots.run(context),
            Self::Sign(sign) => sign.run(context),
        }
    }
}

impl Verify {
    fn run(self, context: &Context) -> Outcome {
        let session = &context.session;
        let paths = self.paths.iter().map(|path| stored::valid_path(session, path));
        let report = stored::verify(session, &paths.collect::<Result<Vec<_>, _>>()?)?;
        context.progress.finish();
        if self.json {
            let damaged = report
                .damaged
                .iter()
                .map(|(path, what)| (path.to_string(), json!(what)));
            let damaged: serde_json::Map<String, Value> = damaged.collect();
            output::line(&json!({ "checked": report.checked, "damaged": damaged }).to_string())?;
        }
        for (path, what) in &report.damaged {
            eprintln!("error: path '{path}' is damaged: {what}");
        }
        if report.damaged.is_empty() {
            eprintln!("{} paths checked, all are whole", report.checked);
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!("{} of {} paths are damaged", report.damaged.len(), report.checked);
        eprintln!("hint: remove the links that keep them, run 'hardpan store gc' and build again");
        Ok(ExitCode::FAILURE)
    }
}

impl Collect {
    fn run(self, context: &Context) -> Outcome {
        let collected = stored::collect_garbage(&context.session, self.dry_run)?;
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
        eprintln!(
            "{} store paths {verb}, {} freed",
            paths.len(),
            output::size(collected.freed_bytes)
        );
        Ok(ExitCode::SUCCESS)
    }
}

impl List {
    fn run(self, context: &Context) -> Outcome {
        let entries = stored::list(&context.session, &self.path, self.recursive)?;
        if self.json {
            let entries: Vec<Value> = entries.iter().map(entry_as_json).collect();
            output::line(&Value::from(entries).to_string())?;
            return Ok(ExitCode::SUCCESS);
        }
        let shown = match entries.split_first() {
            Some((top, inside)) if top.kind == FileKind::Directory => inside,
            _ => &entries[..],
        };
        shown
            .iter()
            .try_for_each(|entry| output::line(&self.line(entry)))?;
        Ok(ExitCode::SUCCESS)
    }

    fn line(&self, entry: &Entry) -> String {
        let path = if entry.path.is_empty() {
            &self.path
        } else {
            &entry.path
        };
        if !self.long {
            return path.clone();
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
}

fn entry_as_json(entry: &Entry) -> Value {
    match entry.kind {
        FileKind::Directory => json!({ "path": entry.path, "type": "directory" }),
        FileKind::Symlink => json!({ "path": entry.path, "type": "symlink", "target": entry.target }),
        _ => json!({
            "path": entry.path, "type": "regular", "size": entry.size, "executable": entry.executable,
        }),
    }
}

impl Cat {
    fn run(self, context: &Context) -> Outcome {
        let mut out = std::io::stdout().lock();
        stored::cat(&context.session, &self.path, &mut out)?;
        let _ = out.flush();
        Ok(ExitCode::SUCCESS)
    }
}

impl Add {
    fn run(self, context: &Context) -> Outcome {
        let path = stored::add(&context.session, &self.path, self.name.as_deref())?;
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
