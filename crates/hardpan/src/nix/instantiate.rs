//! `nix-instantiate`: evaluates, parses and finds files, or writes derivations into the store.

use std::path::PathBuf;
use std::process::ExitCode;

use operations::eval::{self, Evaluate, Form};
use operations::instantiate::{self, Found};
use operations::{Error, Session};

use super::common::Common;
use super::words::Words;
use super::{Flags, Stop};
use crate::commands::{Context, Outcome};
use crate::{output, talk};

/// What `--help` says first.
pub const USAGE: &str = "\
nix-instantiate: write derivations into the store, or evaluate

Usage: nix-instantiate [FILE…] [-A ATTRIBUTE] [--add-root LINK]
       nix-instantiate --eval [--strict] [--json|--xml|--raw] [FILE…|-E CODE] [-A ATTRIBUTE]
       nix-instantiate --parse [FILE…|-E CODE]
       nix-instantiate --find-file NAME…

  -E, --expr              the words are Nix code, not files
  -A, --attr ATTRIBUTE    take this attribute
  --eval                  print the value
  --strict                evaluate everything in it
  --json, --xml, --raw    print it in this form
  --no-location           leave places out of XML
  --parse                 print the syntax tree
  --find-file             print what <NAME> stands for
  --read-write-mode       write derivations even when only evaluating
  --add-root LINK         make a link that keeps the derivation from collection
  --indirect              accepted; links always do
";

#[derive(Debug, Default)]
enum Mode {
    #[default]
    Write,
    Evaluate,
    Parse,
    FindFile,
}

/// What was asked.
#[derive(Debug, Default)]
pub struct Instantiate {
    mode: Mode,
    form: Form,
    strict: bool,
    no_location: bool,
    are_expressions: bool,
    attributes: Vec<String>,
    add_root: Option<PathBuf>,
    words: Vec<String>,
}

impl Flags for Instantiate {
    fn flag(&mut self, flag: &str, words: &mut Words) -> Result<bool, Stop> {
        match flag {
            "--eval" | "--eval-only" => self.mode = Mode::Evaluate,
            "--parse" | "--parse-only" => self.mode = Mode::Parse,
            "--find-file" => self.mode = Mode::FindFile,
            "--strict" => self.strict = true,
            "--json" => self.form = Form::Json,
            "--xml" => self.form = Form::Xml,
            "--raw" => self.form = Form::Raw,
            "--no-location" => self.no_location = true,
            "-E" | "--expr" => self.are_expressions = true,
            "-A" | "--attr" => self.attributes.push(words.argument(flag)?),
            "--add-root" => self.add_root = Some(words.argument(flag)?.into()),
            "--indirect" | "--dry-run" => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn word(&mut self, word: String) {
        self.words.push(word);
    }
}

impl Instantiate {
    pub fn run(mut self, context: &Context, common: &Common) -> Outcome {
        if let Mode::FindFile = self.mode {
            for name in &self.words {
                output::line(&eval::find_file(&context.session, name)?)?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        if self.words.is_empty() {
            if self.are_expressions {
                return Ok(ExitCode::SUCCESS);
            }
            self.words.push("./default.nix".to_owned());
        }
        if self.attributes.is_empty() {
            self.attributes.push(String::new());
        }
        let mut links = Links {
            name: self.add_root.as_ref(),
            count: 0,
        };
        for word in &self.words {
            let root = common.root(word, self.are_expressions)?;
            match self.mode {
                Mode::Parse => output::line(&eval::parse(&context.session, &root)?)?,
                Mode::Evaluate => self.evaluate(context, common.evaluation(root))?,
                _ => {
                    let evaluation = common.evaluation(root);
                    let found = instantiate::instantiate(&context.session, &evaluation, &self.attributes)?;
                    context.progress.finish();
                    for found in &found {
                        links.show(&context.session, found)?;
                    }
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn evaluate(&self, context: &Context, evaluation: operations::Evaluation) -> Result<(), Error> {
        let request = Evaluate {
            evaluation,
            attributes: self.attributes.clone(),
            apply: None,
            strict: self.strict,
            form: self.form,
            plain: true,
            locations: !self.no_location,
        };
        eval::eval(&context.session, &request, &mut |printed| {
            context.progress.finish();
            match request.form {
                Form::Raw | Form::Xml => output::bytes(printed.as_bytes()),
                _ => output::line(&printed),
            }
        })
    }
}

/// The links of `--add-root`: the second and later ones are numbered.
struct Links<'n> {
    name: Option<&'n PathBuf>,
    count: usize,
}

impl Links<'_> {
    fn show(&mut self, session: &Session, found: &Found) -> Result<(), Error> {
        let shown = match self.name {
            None => {
                if self.count == 0 {
                    talk::line(
                        "warning: you did not specify '--add-root'; \
                         the result might be removed by the garbage collector",
                    );
                }
                found.derivation.to_string()
            }
            Some(name) => {
                let mut name = name.as_os_str().to_owned();
                if self.count > 0 {
                    name.push(format!("-{}", self.count + 1));
                }
                let link = instantiate::keep(session, name.as_ref(), &found.derivation)?;
                link.display().to_string()
            }
        };
        self.count += 1;
        match found.output.as_str() {
            "out" => output::line(&shown),
            output => output::line(&format!("{shown}!{output}")),
        }
    }
}
