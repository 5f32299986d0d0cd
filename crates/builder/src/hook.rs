//! What the user wants done after each build: outputs are signed, and a program of theirs is told.

use std::process::{Command, Stdio};

use nix_formats::narinfo::fingerprint;

use crate::Builder;
use crate::error::{BuildError, BuildFailure};
use crate::events::Event;
use crate::plan::Step;

/// Signs the outputs of `step`, which are valid, and runs the hook.
pub(crate) fn after_build(builder: &Builder<'_>, step: &Step) -> Result<(), BuildError> {
    sign(builder, step)?;
    run_hook(builder, step).map_err(|failure| BuildError::Failed {
        derivation: step.path.clone(),
        log_tail: Vec::new(),
        kept: None,
        failure,
    })
}

fn sign(builder: &Builder<'_>, step: &Step) -> Result<(), BuildError> {
    if builder.keys.is_empty() {
        return Ok(());
    }
    for path in step.outputs()?.into_values() {
        let info = builder.store.require_info(&path)?;
        let text = fingerprint(&path, &info.nar_hash, info.nar_size, &info.references);
        let signatures: Vec<_> = builder.keys.iter().map(|key| key.sign(text.as_bytes())).collect();
        builder.store.add_signatures(&path, &signatures)?;
    }
    Ok(())
}

/// What the program says goes where logs go. Its failure is one of the build, as in Nix.
fn run_hook(builder: &Builder<'_>, step: &Step) -> Result<(), BuildFailure> {
    let Some(hook) = &builder.settings.post_build_hook else {
        return Ok(());
    };
    // The program may ask another for what was built.
    let written = builder.store.flush();
    written.map_err(|error| BuildFailure::caused_by("cannot make the outputs valid", error))?;
    let failed =
        |error| BuildFailure::caused_by(format!("cannot run post-build-hook '{}'", hook.display()), error);
    let outputs = step
        .outputs()
        .map_err(|error| BuildFailure::caused_by("cannot name the outputs", error))?;
    let outputs: Vec<String> = outputs.values().map(ToString::to_string).collect();
    let output = Command::new(hook)
        .env("DRV_PATH", step.path.to_string())
        .env("OUT_PATHS", outputs.join(" "))
        .stdin(Stdio::null())
        .output()
        .map_err(failed)?;
    for stream in [&output.stdout, &output.stderr] {
        for line in String::from_utf8_lossy(stream).lines() {
            (builder.sink)(Event::Log {
                derivation: step.path.clone(),
                line: line.to_owned(),
            });
        }
    }
    match output.status.success() {
        true => Ok(()),
        false => Err(format!(
            "post-build-hook '{}' failed with {}",
            hook.display(),
            output.status
        )
        .into()),
    }
}
