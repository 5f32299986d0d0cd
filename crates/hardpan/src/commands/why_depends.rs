//! `hardpan why-depends`

use std::process::ExitCode;

use clap::Args;
use operations::build::{self, Targets};
use operations::stored;
use operations::{Error, Session};

use super::{Context, Outcome};
use crate::arguments::LockArguments;
use crate::output;

/// Show why something needs something else
#[derive(Debug, Args)]
pub struct WhyDepends {
    /// What needs it: an installable or a store path
    #[arg(value_name = "DEPENDENT")]
    from: String,
    /// What is needed: an installable, a store path, or a part of the name of a store path
    #[arg(value_name = "DEPENDENCY")]
    to: String,
    /// Look at what building needs, not at what the result refers to
    #[arg(long)]
    derivation: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    lock: LockArguments,
}

impl WhyDepends {
    pub fn run(self, context: &Context) -> Outcome {
        let session = &context.session;
        let from = self.path(session, &self.from)?;
        let to = match stored::find_below(session, &from, &self.to)? {
            Some(path) => path,
            None => self.path(session, &self.to)?,
        };
        let chain = stored::why_depends(session, &from, &to)?;
        context.progress.finish();
        if self.json {
            let paths: Vec<String> = chain.iter().map(ToString::to_string).collect();
            output::line(&serde_json::Value::from(paths).to_string())?;
            return Ok(ExitCode::SUCCESS);
        }
        for (depth, path) in chain.iter().enumerate() {
            match depth {
                0 => output::line(&path.to_string())?,
                _ => output::line(&format!("{}└───{path}", "    ".repeat(depth - 1)))?,
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn path(&self, session: &Session, text: &str) -> Result<nix_formats::StorePath, Error> {
        let lock = self.lock.options(session.settings())?;
        let targets = Targets {
            installables: vec![text.to_owned()],
            lock,
            ..Targets::default()
        };
        if stored::is_store_path(session, text) {
            let path = stored::valid_path(session, text)?;
            return match self.derivation {
                true => Ok(stored::derivation_of(session, &path)?.0),
                false => Ok(path),
            };
        }
        let resolved = build::resolve(session, &targets)?;
        if self.derivation
            && let Some(derivation) = resolved.targets.iter().find_map(build::Target::derivation)
        {
            return Ok(derivation.clone());
        }
        let built = build::realise(session, resolved)?;
        let path = built
            .into_iter()
            .flat_map(|built| built.outputs.into_values())
            .next();
        path.ok_or_else(|| Error::NotInStore(text.to_owned()))
    }
}
