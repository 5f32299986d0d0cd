//! `hardpan copy` and `hardpan store sign`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgGroup, Args};
use operations::build::{self, Targets};
use operations::{Error, copy, stored};

use super::{Context, Outcome};
use crate::arguments::LockArguments;
use crate::output;

/// Copy store paths to or from another store or a binary cache
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("place").required(true))]
pub struct Copy {
    /// Installables or store paths; what is copied elsewhere is built first
    #[arg(required = true, value_name = "INSTALLABLE")]
    installables: Vec<String>,
    /// Where to: a store's folder, or a cache at file://, http(s):// or s3://
    #[arg(long, value_name = "STORE", group = "place")]
    to: Option<String>,
    /// Where from: the same
    #[arg(long, value_name = "STORE", group = "place")]
    from: Option<String>,
    /// Take paths that nobody trusted has signed
    #[arg(long)]
    no_check_sigs: bool,
    #[command(flatten)]
    lock: LockArguments,
}

/// Sign store paths
#[derive(Debug, Args)]
pub struct Sign {
    /// Store paths
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// The file with the secret key
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,
    /// With all that they refer to
    #[arg(long, short = 'r')]
    recursive: bool,
}

impl Copy {
    pub fn run(self, context: &Context) -> Outcome {
        let session = &context.session;
        let checks = !self.no_check_sigs;
        let copied = match (&self.to, &self.from) {
            (_, Some(from)) => {
                let parse = |path: &String| {
                    nix_formats::StorePath::parse_absolute(path)
                        .map_err(|error| Error::Usage(format!("{error}; '--from' takes store paths")))
                };
                let paths = self
                    .installables
                    .iter()
                    .map(parse)
                    .collect::<Result<Vec<_>, _>>()?;
                copy::copy_from(session, &paths, from, checks)?
            }
            (to, None) => {
                let targets = Targets {
                    installables: self.installables.clone(),
                    lock: self.lock.options(context.settings())?,
                    ..Targets::default()
                };
                let built = build::build(session, &targets)?;
                let paths: Vec<_> = built
                    .into_iter()
                    .flat_map(|built| built.outputs.into_values())
                    .collect();
                copy::copy_to(session, &paths, to.as_deref().unwrap_or_default(), checks)?
            }
        };
        context.progress.finish();
        context.say(&format!("{} paths copied", copied.len()));
        copied
            .iter()
            .try_for_each(|path| output::line(&path.to_string()))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Sign {
    pub fn run(self, context: &Context) -> Outcome {
        let session = &context.session;
        let paths = self.paths.iter().map(|path| stored::valid_path(session, path));
        let paths = paths.collect::<Result<Vec<_>, _>>()?;
        let count = copy::sign(session, &paths, self.recursive, &self.key_file)?;
        context.progress.finish();
        context.say(&format!("{count} paths signed"));
        Ok(ExitCode::SUCCESS)
    }
}
