//! `hardpan why-depends`

use std::process::ExitCode;

use clap::Args;
use nix_formats::StorePath;
use operations::build::{self, Resolved, Targets};
use operations::packages::{self, Package};
use operations::{Error, Root, Session, stored};

use super::{Context, Outcome};
use crate::arguments::LockArguments;
use crate::output;

/// Show why something needs something else
#[derive(Debug, Args)]
pub struct WhyDepends {
    /// What needs it: an installable or a store path
    #[arg(value_name = "DEPENDENT")]
    from: String,
    /// What is needed: an installable, a store path, the name of a store path, or a Debian package of an image
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
        let chain = match stored::find_below(session, &from, &self.to)? {
            Some(to) => names(&stored::why_depends(session, &from, &to)?),
            None if self.is_name() => [vec![from.to_string()], self.packages(session, &from)?].concat(),
            None => {
                let to = self.path(session, &self.to)?;
                names(&stored::why_depends(session, &from, &to)?)
            }
        };
        context.progress.finish();
        if self.json {
            output::line(&serde_json::Value::from(chain).to_string())?;
            return Ok(ExitCode::SUCCESS);
        }
        for (depth, name) in chain.iter().enumerate() {
            match depth {
                0 => output::line(name)?,
                _ => output::line(&format!("{}└───{name}", "    ".repeat(depth - 1)))?,
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Whether a name was asked for, not a path or an installable.
    fn is_name(&self) -> bool {
        !self.to.starts_with('.') && !self.to.contains(['/', '#', ':'])
    }

    /// The chain of packages of an image that ends with the one asked for.
    fn packages(&self, session: &Session, from: &StorePath) -> Result<Vec<String>, Error> {
        let mut known = stored::names_below(session, from)?;
        if !stored::is_store_path(session, &self.from)
            && let Some(target) = self.resolve(session, &self.from)?.targets.first()
        {
            let lock = self.lock.options(session.settings())?;
            let targets = Targets {
                lock: lock.clone(),
                ..Targets::default()
            };
            let (evaluation, ..) = targets.locate(session, &self.from)?;
            let chain = match evaluation.root {
                Root::Flake(reference) => packages::chain_to(session, target, &reference, &lock, &self.to)?,
                _ => None,
            };
            let shown = |package: Package| format!("{} {}", package.name, package.version);
            if let Some(chain) = chain {
                return Ok(chain.into_iter().map(shown).collect());
            }
            known.extend(packages::names(session, target)?);
        }
        Err(Error::NothingCalled {
            what: self.from.clone(),
            name: self.to.clone(),
            nearest: stored::nearest(&self.to, &known),
        })
    }

    fn resolve(&self, session: &Session, text: &str) -> Result<Resolved, Error> {
        let lock = self.lock.options(session.settings())?;
        build::resolve(
            session,
            &Targets {
                installables: vec![text.to_owned()],
                lock,
                ..Targets::default()
            },
        )
    }

    fn path(&self, session: &Session, text: &str) -> Result<StorePath, Error> {
        if stored::is_store_path(session, text) {
            let path = stored::valid_path(session, text)?;
            return match self.derivation {
                true => Ok(stored::derivation_of(session, &path)?.0),
                false => Ok(path),
            };
        }
        let resolved = self.resolve(session, text)?;
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

fn names(paths: &[StorePath]) -> Vec<String> {
    paths.iter().map(ToString::to_string).collect()
}
