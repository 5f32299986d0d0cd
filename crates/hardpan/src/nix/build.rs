//! `nix-build`: builds the derivations of a file or expression and links to them.

use std::path::PathBuf;
use std::process::ExitCode;

use operations::build::{self, Built, Resolved};
use operations::instantiate;
use operations::{Error, stored};

use super::common::Common;
use super::words::Words;
use super::{Flags, Stop};
use crate::commands::{Context, Outcome};
use crate::output;

/// What `--help` says first.
pub const USAGE: &str = "\
nix-build: build what a file or expression describes

Usage: nix-build [FILE…] [-A ATTRIBUTE] [-o LINK]

  -E, --expr              the words are Nix code, not files
  -A, --attr ATTRIBUTE    build this attribute
  -o, --out-link LINK     where to put the link to what was built [default: result]
  --no-out-link           make no link
  --dry-run               say what would be built and build nothing
  --check                 build once more what is there already, and compare
";

/// What was asked.
#[derive(Debug)]
pub struct Build {
    are_expressions: bool,
    attributes: Vec<String>,
    link: Option<PathBuf>,
    dry_run: bool,
    check: bool,
    words: Vec<String>,
}

impl Default for Build {
    fn default() -> Self {
        Self {
            are_expressions: false,
            attributes: Vec::new(),
            link: Some("result".into()),
            dry_run: false,
            check: false,
            words: Vec::new(),
        }
    }
}

impl Flags for Build {
    fn flag(&mut self, flag: &str, words: &mut Words) -> Result<bool, Stop> {
        match flag {
            "-E" | "--expr" => self.are_expressions = true,
            "-A" | "--attr" => self.attributes.push(words.argument(flag)?),
            "-o" | "--out-link" | "--add-root" => self.link = Some(words.argument(flag)?.into()),
            "--no-out-link" | "--no-link" => self.link = None,
            "--dry-run" => self.dry_run = true,
            "--check" => self.check = true,
            "--drv-link" => drop(words.argument(flag)?),
            "--indirect" | "--add-drv-link" => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn word(&mut self, word: String) {
        self.words.push(word);
    }
}

impl Build {
    pub fn run(self, context: &Context, common: &Common) -> Outcome {
        let session = &context.session;
        let resolved = self.resolve(context, common)?;
        let plan = build::plan(session, &resolved)?;
        if self.dry_run || !plan.steps.is_empty() {
            announce(context, &plan);
        }
        if self.dry_run {
            return Ok(ExitCode::SUCCESS);
        }
        let built = match self.check {
            true => build::rebuild(session, resolved)?,
            false => build::realise(session, resolved)?,
        };
        if let Some(link) = &self.link {
            make_links(context, &built, link)?;
        }
        context.progress.finish();
        for path in built.iter().flat_map(|built| built.outputs.values()) {
            output::line(&path.to_string())?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn resolve(&self, context: &Context, common: &Common) -> Result<Resolved, Error> {
        let default = ["./default.nix".to_owned()];
        let words = match (&self.words[..], self.are_expressions) {
            ([], false) => &default[..],
            (words, _) => words,
        };
        let attributes = match &self.attributes[..] {
            [] => &[String::new()][..],
            attributes => attributes,
        };
        let mut targets = Vec::new();
        for word in words {
            if !self.are_expressions && word.contains(".drv") && stored::is_store_path(&context.session, word)
            {
                targets.push(stored::derived_path(&context.session, word)?);
                continue;
            }
            let evaluation = common.evaluation(common.root(word, self.are_expressions)?);
            let found = instantiate::instantiate(&context.session, &evaluation, attributes)?;
            targets.extend(instantiate::targets(&found).targets);
        }
        Ok(Resolved { targets })
    }
}

/// Says what will be done, in Nix's words.
pub fn announce(context: &Context, plan: &operations::build::Plan) {
    match plan.steps.len() {
        0 => return,
        1 => context.say("this derivation will be built:"),
        count => context.say(&format!("these {count} derivations will be built:")),
    }
    for step in &plan.steps {
        context.say(&format!("  {}", step.path));
    }
}

/// `result`, `result-2` and so on; outputs beside `out` add their names.
fn make_links(context: &Context, built: &[Built], link: &std::path::Path) -> Result<(), Error> {
    for (number, built) in built.iter().enumerate() {
        for (output, path) in &built.outputs {
            let mut name = link.as_os_str().to_owned();
            if number > 0 {
                name.push(format!("-{}", number + 1));
            }
            if output != "out" {
                name.push(format!("-{output}"));
            }
            instantiate::keep(&context.session, name.as_ref(), path)?;
        }
    }
    Ok(())
}
