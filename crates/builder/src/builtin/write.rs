//! `builtin:hardpan-write-v1`: a text written to a file, without a sandbox.

use super::{Environment, at};
use crate::{BuildContext, BuildFailure};
use std::os::unix::fs::PermissionsExt;

pub(super) fn build(_: &Environment, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
    let environment = &context.derivation().environment;
    let text = environment
        .get(b"text".as_slice())
        .map_or(&b""[..], |text| text.as_slice());
    let output = context.output("out")?;
    let path = match context.env("destination") {
        Some(destination) => output.join(inside(destination)?),
        None => output.to_owned(),
    };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(at("make the folder", parent))?;
    }
    std::fs::write(&path, text).map_err(at("write", &path))?;
    if context.env("executable").is_some_and(|value| value == "1") {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
            .map_err(at("make executable", &path))?;
    }
    Ok(())
}

/// A path that stays below the output.
pub(super) fn inside(path: &str) -> Result<&str, BuildFailure> {
    let relative = path.trim_start_matches('/');
    if relative.is_empty() || relative.split('/').any(|part| part == "..") {
        return Err(BuildFailure::new(format!(
            "'{path}' is no path inside the output"
        )));
    }
    Ok(relative)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Fixture;

    #[test]
    fn a_text_lands_where_it_is_wanted() {
        let table: [(&[(&str, &str)], &str); 3] = [
            (
                &[("text", "a"), ("destination", "/bin/x"), ("executable", "1")],
                r#"{"bin": "", "bin/x": "755 a"}"#,
            ),
            (&[("destination", "x")], r#"{"x": "644 "}"#),
            (&[("destination", "a/../x")], "no path inside the output"),
        ];
        for (environment, expected) in table {
            let fixture = Fixture::new();
            let shown = match fixture.build(super::build, environment) {
                Ok(()) => format!("{:?}", fixture.listing()),
                Err(error) => error,
            };
            assert!(shown.contains(expected), "{shown}");
        }
        let fixture = Fixture::new();
        fixture
            .build(super::build, &[("text", "plain")])
            .expect("a text can be written");
        assert_eq!(
            std::fs::read(fixture.output()).expect("the output is a file"),
            b"plain"
        );
    }
}
