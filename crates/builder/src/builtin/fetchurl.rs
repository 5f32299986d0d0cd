//! `builtin:fetchurl`: one file from the network, known by hash, as Nix's builder of that name.

use super::{Environment, at};
use crate::{BuildContext, BuildFailure};
use fetch::Download;
use nix_formats::{Hash, HashAlgorithm};
use std::os::unix::fs::PermissionsExt;

pub(super) fn build(environment: &Environment, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
    let urls: Vec<String> = match context.env("urls").or(context.env("url")) {
        Some(urls) => urls.split_whitespace().map(str::to_owned).collect(),
        None => return Err(BuildFailure::new("the attribute 'url' is missing")),
    };
    if context.derivation().fixed_output().is_none() {
        return Err(BuildFailure::new(
            "builtin:fetchurl fetches only what is known by its hash; set outputHash, and outputHashMode = \"flat\"",
        ));
    }
    urls.iter().try_for_each(|url| context.check_address(url))?;
    if context.env("unpack").is_some_and(|unpack| unpack == "1") {
        return Err(BuildFailure::new(
            "the attribute 'unpack' of builtin:fetchurl is not supported",
        ));
    }
    let executable = context.env("executable").is_some_and(|value| value == "1");
    let mut request = Download {
        urls,
        ..Download::default()
    };
    if !executable && context.env("outputHashMode").is_none_or(|mode| mode == "flat") {
        request.expected = expected(context)?;
    }
    let output = context.output("out")?;
    environment
        .fetcher
        .download(&request, output, &|done| context.progress(done, 0))
        .map_err(|error| BuildFailure::caused_by("download", error))?;
    if executable {
        std::fs::set_permissions(output, std::fs::Permissions::from_mode(0o755))
            .map_err(at("make executable", output))?;
    }
    Ok(())
}

fn expected(context: &BuildContext<'_>) -> Result<Option<Hash>, BuildFailure> {
    let Some(hash) = context.env("outputHash") else {
        return Ok(None);
    };
    let algorithm = match context.env("outputHashAlgo") {
        Some("md5") => Some(HashAlgorithm::Md5),
        Some("sha1") => Some(HashAlgorithm::Sha1),
        Some("sha512") => Some(HashAlgorithm::Sha512),
        Some("sha256") => Some(HashAlgorithm::Sha256),
        _ => None,
    };
    Hash::parse_any(hash, algorithm)
        .map(Some)
        .map_err(|error| BuildFailure::caused_by("read the attribute 'outputHash'", error))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, serve};
    use nix_formats::Hash;
    use std::os::unix::fs::PermissionsExt;

    fn fetched(environment: &[(&str, &str)]) -> Result<(String, u32), String> {
        let fixture = Fixture::new();
        let address = serve(vec![b"content".to_vec()]);
        let url = format!("{address}/x");
        let mut environment = environment.to_vec();
        environment.push(("url", &url));
        fixture.build(super::build, &environment)?;
        let output = fixture.output();
        let mode = output
            .metadata()
            .expect("the output is there")
            .permissions()
            .mode()
            & 0o777;
        Ok((
            std::fs::read_to_string(output).expect("the output is text"),
            mode & 0o111,
        ))
    }

    #[test]
    fn a_file_comes_with_the_mode_that_is_asked_for() {
        let hash = Hash::sha256(b"content").to_base16();
        let flat = [("outputHash", hash.as_str()), ("outputHashAlgo", "sha256")];
        assert_eq!(fetched(&flat), Ok(("content".to_owned(), 0)));
        let executable = [
            ("executable", "1"),
            ("outputHashMode", "recursive"),
            ("outputHash", hash.as_str()),
            ("outputHashAlgo", "sha256"),
        ];
        assert_eq!(fetched(&executable), Ok(("content".to_owned(), 0o111)));
    }

    #[test]
    fn what_cannot_be_is_named() {
        let hash = Hash::sha256(b"other").to_sri();
        let table: [(&[(&str, &str)], &str); 6] = [
            (&[("outputHash", &hash)], "hash mismatch"),
            (&[("outputHash", "no hash")], "'outputHash'"),
            (&[("unpack", "1"), ("outputHash", &hash)], "'unpack'"),
            (&[], "only what is known by its hash"),
            (
                &[("outputHash", &hash), ("urls", "file:///etc/passwd")],
                "use '--impure'",
            ),
            (
                &[("outputHash", &hash), ("urls", "FILE:///etc/passwd")],
                "use '--impure'",
            ),
        ];
        for (environment, expected) in table {
            let error = fetched(environment).expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
    }
}
