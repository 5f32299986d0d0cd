//! `builtin:hardpan-deb-v1`: a Debian package file, known by hash, from whichever mirror has it.

use super::Environment;
use crate::{BuildContext, BuildFailure};
use fetch::Download;
use nix_formats::{Hash, HashAlgorithm};

pub(super) fn build(environment: &Environment, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
    let archive = context.required_env("archive")?;
    let file = context.required_env("filename")?;
    let hash = context.required_env("outputHash")?;
    let expected = Hash::parse_any(hash, Some(HashAlgorithm::Sha256))
        .map_err(|error| BuildFailure::caused_by("read the attribute 'outputHash'", error))?;
    let mirrors = environment
        .mirrors
        .get(archive)
        .filter(|mirrors| !mirrors.is_empty());
    let mirrors = mirrors.ok_or_else(|| {
        BuildFailure::new(format!(
            "no mirror is known for the archive '{archive}' that has {file}"
        ))
    })?;
    let urls = mirrors.iter().map(|base| debian::address(base, file)).collect();
    let size: u64 = context
        .env("size")
        .and_then(|size| size.parse().ok())
        .unwrap_or(0);
    let mut request = Download::verified(urls, expected);
    if size > 0 {
        request = request.with_size(size);
    }
    let downloaded = environment
        .fetcher
        .download(&request, context.output("out")?, &|done| {
            context.progress(done, size)
        })
        .map_err(|source| {
            let file = file.to_owned();
            let error = NoMirrorHas { file, source };
            BuildFailure::caused_by(error.to_string(), error)
        })?;
    context.log(format!("{} bytes from {}", downloaded.size, downloaded.url));
    Ok(())
}

/// A package file cannot be had from any mirror as the signed index describes it.
#[derive(Debug, thiserror::Error)]
#[error("{}", if .source.is_not_found() {
    format!("{file} has vanished from every mirror")
} else {
    format!("cannot download {file}")
})]
pub struct NoMirrorHas {
    /// The file, below the archive's base addresses.
    pub file: String,
    /// What the mirrors said.
    pub source: fetch::Error,
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, serve};
    use nix_formats::Hash;

    fn fetched(mirrors: &[&str], content: &[u8]) -> Result<Vec<u8>, String> {
        let mut fixture = Fixture::new();
        let address = serve(vec![content.to_vec()]);
        let mirrors = mirrors
            .iter()
            .map(|mirror| mirror.replace("SERVER", &address))
            .collect();
        fixture.environment.mirrors.insert("debian".to_owned(), mirrors);
        let hash = Hash::sha256(b"package").to_base16();
        let environment = [
            ("archive", "debian"),
            ("filename", "pool/main/x/x_1_all.deb"),
            ("size", "7"),
            ("outputHash", &hash),
        ];
        fixture.build(super::build, &environment)?;
        Ok(std::fs::read(fixture.output()).expect("the output is a file"))
    }

    #[test]
    fn the_first_mirror_that_has_it_serves() {
        let mirrors = ["file:///nothing-here", "SERVER/debian/"];
        assert_eq!(fetched(&mirrors, b"package"), Ok(b"package".to_vec()));
    }

    #[test]
    fn failures_say_what_to_do() {
        let table: [(&[&str], &[u8], &str); 4] = [
            (
                &[],
                b"",
                "no mirror is known for the archive 'debian' that has pool/main/x/x_1_all.deb",
            ),
            (
                &["file:///nothing-here"],
                b"",
                "x_1_all.deb has vanished from every mirror",
            ),
            (&["SERVER"], b"packagf", "hash mismatch"),
            (&["SERVER"], b"packag", "truncated"),
        ];
        for (mirrors, content, expected) in table {
            let error = fetched(mirrors, content).expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
    }
}
