//! The last lines of a build: what came out, and how long it took.

use std::path::PathBuf;
use std::time::Duration;

use operations::build::Built;
use operations::outcome::{ImageFacts, image_facts, size};
use operations::{Error, Phase};

use crate::commands::Context;
use crate::output;

/// Says on standard error what came out, and prints the paths on standard output.
pub fn print(
    context: &Context,
    built: &[Built],
    links: &[PathBuf],
    times: &[(Phase, Duration)],
    total: Duration,
) -> Result<(), Error> {
    let session = &context.session;
    for built in built {
        context.say(&format!("built {} ({})", name(built), output::size(size(built)?)));
        if let Some(ImageFacts {
            root_hash,
            packages,
            paths,
        }) = image_facts(session, built)?
        {
            context.say(&format!("  contents:  {packages} packages, {paths} files"));
            context.say(&format!("  root hash: {root_hash}"));
        }
    }
    let links: Vec<String> = links.iter().map(|link| link.display().to_string()).collect();
    if !links.is_empty() {
        context.say(&format!("  link:      {}", links.join(", ")));
    }
    let steps = times
        .iter()
        .map(|(phase, time)| format!("{} {}", phase.word(), output::duration(*time)));
    let steps: Vec<String> = steps.collect();
    context.say(&format!(
        "  time:      {} ({})",
        output::duration(total),
        steps.join(", ")
    ));
    for place in built.iter().flat_map(|built| built.places.values()) {
        output::line(&place.display().to_string())?;
    }
    Ok(())
}

fn name(built: &Built) -> &str {
    match built.target.attribute.is_empty() {
        true => &built.target.installable,
        false => &built.target.attribute,
    }
}
