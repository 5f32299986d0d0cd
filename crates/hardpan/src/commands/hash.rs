//! `hardpan hash …`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use operations::Error;
use operations::hashing::{self, Content, Form};

use super::{Context, Outcome};
use crate::output;

/// Compute and convert digests
#[derive(Debug, Subcommand)]
pub enum Hash {
    /// Of the archives of files and folders
    Path(Digest),
    /// Of the content of files
    File(Digest),
    /// Write digests in another form
    Convert(Convert),
    /// Write digests in hexadecimal
    #[command(name = "to-base16")]
    ToBase16(Old),
    /// Write digests in Nix's base 32
    #[command(name = "to-base32")]
    ToBase32(Old),
    /// Write digests in base 64
    #[command(name = "to-base64")]
    ToBase64(Old),
    /// Write digests as SRI
    #[command(name = "to-sri")]
    ToSri(Old),
}

/// A form of digests.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormName {
    Base16,
    #[value(alias = "base32")]
    Nix32,
    Base64,
    Sri,
}

impl From<FormName> for Form {
    fn from(name: FormName) -> Self {
        match name {
            FormName::Base16 => Self::Base16,
            FormName::Nix32 => Self::Nix32,
            FormName::Base64 => Self::Base64,
            FormName::Sri => Self::Sri,
        }
    }
}

/// Compute digests
#[derive(Debug, Args)]
pub struct Digest {
    /// Files or folders
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// md5, sha1, sha256 or sha512
    #[arg(
        long,
        visible_alias = "algo",
        visible_alias = "type",
        value_name = "ALGORITHM",
        default_value = "sha256"
    )]
    hash_algo: String,
    /// How to write it
    #[arg(long, value_name = "FORM", default_value = "sri")]
    format: FormName,
    #[arg(long, hide = true, conflicts_with_all = ["format", "base32"])]
    base16: bool,
    #[arg(long, hide = true)]
    base32: bool,
    #[arg(long, hide = true, conflicts_with_all = ["base16", "base32"])]
    base64: bool,
    #[arg(long, hide = true)]
    sri: bool,
}

/// Write digests in another form
#[derive(Debug, Args)]
pub struct Convert {
    /// Digests in any form
    #[arg(value_name = "DIGEST", required = true)]
    digests: Vec<String>,
    /// What they are digests by, where they do not say it
    #[arg(long, visible_alias = "algo", value_name = "ALGORITHM")]
    hash_algo: Option<String>,
    /// The form they are in
    #[arg(long, value_name = "FORM")]
    from: Option<FormName>,
    /// The form to write
    #[arg(long, value_name = "FORM", default_value = "sri")]
    to: FormName,
}

/// Write digests in another form
#[derive(Debug, Args)]
pub struct Old {
    /// Digests in any form
    #[arg(value_name = "DIGEST", required = true)]
    digests: Vec<String>,
    /// What they are digests by, where they do not say it
    #[arg(long = "type", visible_alias = "hash-algo", value_name = "ALGORITHM")]
    algorithm: Option<String>,
}

impl Hash {
    pub fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Path(digest) => digest.run(context, Content::Archive)?,
            Self::File(digest) => digest.run(context, Content::File)?,
            Self::Convert(convert) => convert.run()?,
            Self::ToBase16(old) => old.run(Form::Base16)?,
            Self::ToBase32(old) => old.run(Form::Nix32)?,
            Self::ToBase64(old) => old.run(Form::Base64)?,
            Self::ToSri(old) => old.run(Form::Sri)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn convert(digests: &[String], by: Option<&String>, form: Form) -> Result<(), Error> {
    let by = by.map(|name| hashing::algorithm(name)).transpose()?;
    for digest in digests {
        output::line(&form.show(&hashing::parse(digest, by)?))?;
    }
    Ok(())
}

impl Digest {
    fn run(self, context: &Context, content: Content) -> Result<(), Error> {
        let form = match (self.base16, self.base32, self.base64, self.sri) {
            (true, ..) => Form::Base16,
            (_, true, ..) => Form::Nix32,
            (_, _, true, _) => Form::Base64,
            (_, _, _, true) => Form::Sri,
            _ => self.format.into(),
        };
        let by = hashing::algorithm(&self.hash_algo)?;
        for path in &self.paths {
            let path = context.settings().current_folder.join(path);
            output::line(&form.show(&hashing::of_path(&path, content, by)?))?;
        }
        Ok(())
    }
}

impl Convert {
    fn run(self) -> Result<(), Error> {
        for digest in &self.digests {
            let parsed = hashing::parse(
                digest,
                self.hash_algo.as_deref().map(hashing::algorithm).transpose()?,
            )?;
            let expected = self.from.map(|form| Form::from(form).show(&parsed));
            if expected.is_some_and(|expected| !digest.ends_with(&expected)) {
                return Err(Error::Usage(format!(
                    "'{digest}' is not in the form that '--from' names"
                )));
            }
        }
        convert(&self.digests, self.hash_algo.as_ref(), self.to.into())
    }
}

impl Old {
    fn run(self, form: Form) -> Result<(), Error> {
        convert(&self.digests, self.algorithm.as_ref(), form)
    }
}
