//! `hardpan build`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use operations::build::{self, Built, Targets};
use serde_json::{Value, json};

use super::{Context, Outcome};
use crate::arguments::{LockArguments, RootArguments};
use crate::{output, summary};

/// Build images and other things that flakes define
#[derive(Debug, Args)]
pub struct Build {
    /// What to build: FLAKE#ATTRIBUTE^OUTPUTS or store paths
    #[arg(default_value = ".", value_name = "INSTALLABLE")]
    installables: Vec<String>,
    /// Where to put the link to what was built
    #[arg(long, short = 'o', value_name = "LINK", default_value = "result")]
    out_link: PathBuf,
    /// Make no link
    #[arg(long, conflicts_with = "out_link")]
    no_link: bool,
    /// Print nothing but the paths of what was built
    #[arg(long)]
    print_out_paths: bool,
    /// Print what was built as JSON, and what happens as lines of JSON on standard error
    #[arg(long)]
    pub json: bool,
    /// Say what would be done and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Build once more what is there already, and compare
    #[arg(long, conflicts_with = "dry_run")]
    rebuild: bool,
    #[command(flatten)]
    lock: LockArguments,
    #[command(flatten)]
    root: RootArguments,
}

impl Build {
    pub fn run(self, context: &Context) -> Outcome {
        let began = Instant::now();
        let session = &context.session;
        let root = self.root.root()?;
        let installables = match (&root, &self.installables[..]) {
            (Some(_), [only]) if only == "." => vec![String::new()],
            _ => self.installables.clone(),
        };
        let lock = self.lock.options(context.settings())?;
        let targets = Targets {
            installables,
            root,
            arguments: self.root.arguments(),
            lock,
        };
        let resolved = build::resolve(session, &targets)?;
        if self.dry_run {
            let plan = build::plan(session, &resolved)?;
            context.progress.finish();
            return self.show_plan(&plan);
        }
        let built = match self.rebuild {
            true => build::rebuild(session, resolved)?,
            false => build::realise(session, resolved)?,
        };
        let links = match self.no_link {
            true => Vec::new(),
            false => build::link(session, &built, &self.out_link)?,
        };
        let times = context.progress.finish();
        if self.json {
            output::line(&as_json(&built, context.as_nix).to_string())?;
        } else if context.as_nix {
            let paths = built.iter().flat_map(|built| built.outputs.values());
            for path in paths.filter(|_| self.print_out_paths) {
                output::line(&path.to_string())?;
            }
        } else if self.print_out_paths {
            for path in built.iter().flat_map(|built| built.places.values()) {
                output::line(&path.display().to_string())?;
            }
        } else {
            summary::print(context, &built, &links, &times, began.elapsed())?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn show_plan(&self, plan: &builder::Plan) -> Outcome {
        if self.json {
            let step = |step: &builder::Step| {
                let kind = if step.is_fetch() { "fetch" } else { "build" };
                json!({ "action": kind, "derivation": step.path.to_string() })
            };
            let steps: Vec<Value> = plan.steps.iter().map(step).collect();
            output::line(&Value::from(steps).to_string())?;
        } else {
            output::text(plan.to_string().trim_end())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// As `nix build --json` has it; unless for Nix, with the places on disk.
fn as_json(built: &[Built], as_nix: bool) -> Value {
    let one = |built: &Built| {
        let outputs = built
            .outputs
            .iter()
            .map(|(name, path)| (name.clone(), Value::from(path.to_string())));
        let places = built
            .places
            .iter()
            .map(|(name, path)| (name.clone(), json!(path)));
        let mut shown = json!({
            "drvPath": built.derivation.as_ref().map(ToString::to_string),
            "outputs": outputs.collect::<serde_json::Map<_, _>>(),
        });
        if !as_nix {
            shown["places"] = places.collect::<serde_json::Map<_, _>>().into();
        }
        shown
    };
    built.iter().map(one).collect()
}
