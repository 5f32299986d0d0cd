//! Measures what a user waits for: the example built cold, after one changed option and when nothing is to do, its
//! evaluation, the most memory, and from power-on to ssh. docs/benchmarks.md says how to read it.
//!
//!     cargo bench -p hardpan --bench image            # builds
//!     HARDPAN_BENCH_BOOT=3 cargo bench -p hardpan --bench image    # and boots, three times

#[path = "image/boot.rs"]
mod boot;
#[path = "image/run.rs"]
mod run;

use run::{Failure, Measured, Project, report};
use std::path::Path;

/// How often each thing is measured; the median is what counts.
const COLD_RUNS: usize = 3;
const WARM_RUNS: usize = 7;

/// Seconds, as the project promises them.
const COLD_S: f64 = 10.0;
const CHANGED_S: f64 = 0.7;
const UNCHANGED_S: f64 = 0.15;
const EVALUATION_S: f64 = 0.15;
const FLEET_S: f64 = 5.0;

const IMAGE: &str = ".#amazonImage";
const DERIVATION: &str = ".#nixosConfigurations.sre-prod-base.config.system.build.amazonImage.drvPath";

fn main() -> Result<(), Failure> {
    // Outside of this repository: a folder in a git work tree is a part of that tree's flake.
    let folder = tempfile::Builder::new().prefix("hardpan-bench-").tempdir()?;
    // Downloads what is needed and nothing else: this store is what each cold run begins with.
    let packages = folder.path().join("packages");
    let project = Project::new(&folder.path().join("project"))?;
    println!("fetching the packages");
    project.run(&packages, &["build", ".#debs", "--no-link"])?;

    let cold = cold(&project, folder.path(), &packages)?;
    report("cold store to image", &cold, Some(COLD_S));
    let data = folder.path().join("cold-0");
    report("one option changed", &changed(&project, &data)?, Some(CHANGED_S));
    let again = |arguments: &[&str]| -> Result<Vec<Measured>, Failure> {
        (0..WARM_RUNS).map(|_| project.run(&data, arguments)).collect()
    };
    report(
        "nothing changed",
        &again(&["build", IMAGE, "--no-link"])?,
        Some(UNCHANGED_S),
    );
    report(
        "evaluation only",
        &again(&["eval", "--raw", DERIVATION])?,
        Some(EVALUATION_S),
    );
    let fleet = (0..COLD_RUNS).map(|_| project.run(&data, &["eval", "--json", ".#fleet"]));
    report(
        "evaluation of 100 machines",
        &fleet.collect::<Result<Vec<_>, _>>()?,
        Some(FLEET_S),
    );
    project.make_git()?;
    report(
        "one option changed, in git",
        &changed(&project, &data)?,
        Some(CHANGED_S),
    );
    report(
        "nothing changed, in git",
        &again(&["build", IMAGE, "--no-link"])?,
        Some(UNCHANGED_S),
    );
    boot::measure(&project, &data)
}

/// Each run has a store with nothing but the packages.
fn cold(project: &Project, folder: &Path, packages: &Path) -> Result<Vec<Measured>, Failure> {
    let mut measured = Vec::new();
    for number in 0..COLD_RUNS {
        let data = folder.join(format!("cold-{number}"));
        run::copy_folder(packages, &data)?;
        measured.push(project.run(&data, &["build", IMAGE, "--no-link"])?);
        if number > 0 {
            run::remove(&data)?;
        }
    }
    Ok(measured)
}

fn changed(project: &Project, data: &Path) -> Result<Vec<Measured>, Failure> {
    let mut measured = Vec::new();
    for _ in 0..WARM_RUNS {
        project.change()?;
        measured.push(project.run(data, &["build", IMAGE, "--no-link"])?);
    }
    Ok(measured)
}
