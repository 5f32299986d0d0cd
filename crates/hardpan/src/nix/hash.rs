//! `nix-hash`: digests of files and trees, and their forms.

use std::path::Path;
use std::process::ExitCode;

use nix_formats::HashAlgorithm;
use nix_formats::hash::HashError;
use operations::Error;
use operations::hashing::{self, Content, Form};

use super::words::Words;
use super::{Flags, Stop};
use crate::commands::{Context, Outcome};
use crate::output;

/// What `--help` says first.
pub const USAGE: &str = "\
nix-hash: compute digests of paths, or write digests in other forms

Usage: nix-hash [--flat] [--type ALGORITHM] [--base16|--base32|--base64|--sri] PATH…
       nix-hash --to-base16|--to-base32|--to-base64|--to-sri --type ALGORITHM DIGEST…

  --flat                  of a file's content, not of its archive
  --type ALGORITHM        md5 (the default), sha1, sha256, sha512
  --truncate              shorten to 160 bits
";

/// What was asked.
#[derive(Debug)]
pub struct Hash {
    content: Content,
    algorithm: HashAlgorithm,
    form: Form,
    convert: bool,
    truncate: bool,
    words: Vec<String>,
}

impl Default for Hash {
    fn default() -> Self {
        Self {
            content: Content::Archive,
            algorithm: HashAlgorithm::Md5,
            form: Form::Base16,
            convert: false,
            truncate: false,
            words: Vec::new(),
        }
    }
}

impl Flags for Hash {
    fn flag(&mut self, flag: &str, words: &mut Words) -> Result<bool, Stop> {
        match flag {
            "--flat" => self.content = Content::File,
            "--base16" => self.form = Form::Base16,
            "--base32" => self.form = Form::Nix32,
            "--base64" => self.form = Form::Base64,
            "--sri" => self.form = Form::Sri,
            "--truncate" => self.truncate = true,
            "--type" => {
                let name = words.argument(flag)?;
                let parsed: Result<_, HashError> = name.parse();
                self.algorithm = parsed.map_err(|error| Stop::Usage(error.to_string()))?;
            }
            "--to-base16" | "--to-base32" | "--to-base64" | "--to-sri" => {
                self.convert = true;
                self.form = match flag {
                    "--to-base16" => Form::Base16,
                    "--to-base32" => Form::Nix32,
                    "--to-base64" => Form::Base64,
                    _ => Form::Sri,
                };
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn word(&mut self, word: String) {
        self.words.push(word);
    }
}

impl Hash {
    pub fn run(self, context: &Context) -> Outcome {
        let current = &context.settings().current_folder;
        for word in &self.words {
            let shown = match self.convert {
                true => {
                    let hash = hashing::parse(word, Some(self.algorithm))?;
                    self.form.show(&hash)
                }
                false => self.digest(&current.join(word))?,
            };
            output::line(&shown)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn digest(&self, path: &Path) -> Result<String, Error> {
        let hash = hashing::of_path(path, self.content, self.algorithm)?;
        Ok(match self.truncate {
            true => self.form.show_truncated(&hash),
            false => self.form.show(&hash),
        })
    }
}
