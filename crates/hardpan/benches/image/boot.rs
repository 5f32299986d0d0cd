//! From power-on to ssh, beside another image where there is one to compare with.

use crate::run::{Failure, Project};
use std::path::Path;
use std::process::{Command, Output};

/// How many times the machine boots; nothing says none.
const RUNS: &str = "HARDPAN_BENCH_BOOT";
/// A folder whose `boot.py DISK NAME` boots a disk until ssh answers, and what it needs in `TRIAL`.
const OTHER: &str = "HARDPAN_BENCH_OTHER";

pub fn measure(project: &Project, data: &Path) -> Result<(), Failure> {
    let runs = std::env::var(RUNS)
        .unwrap_or_default()
        .parse::<usize>()
        .unwrap_or(0);
    let other = std::env::var_os(OTHER);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // One after the other, so that a busy hour is the same for both.
    for _ in 0..runs {
        ours.push(boot(project, data)?);
        if let Some(other) = &other {
            theirs.push(boot_other(Path::new(other))?);
        }
    }
    show("power-on to ssh", ours);
    show("power-on to ssh, the other", theirs);
    Ok(())
}

fn boot(project: &Project, data: &Path) -> Result<f64, Failure> {
    // The login fails, since the example's key is not one; ssh was there.
    let output = project
        .hardpan(data, &["vm", ".#sre-prod-base", "--ssh", "--", "true"])
        .output()?;
    seconds(&output, "ssh is there after ")
}

fn boot_other(folder: &Path) -> Result<f64, Failure> {
    let trial = std::env::var("TRIAL").map_err(|_| "TRIAL names no folder")?;
    let output = Command::new("python3")
        .arg(folder.join("boot.py"))
        .arg(format!("{trial}/pkgs/.out/a/disk.raw"))
        .arg("bench")
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let process = text.lines().find_map(|line| line.strip_prefix("pid "));
    let process = process.ok_or("the other machine does not name its process")?;
    Command::new("kill").arg(process).status()?;
    seconds(&output, "ssh banner after ")
}

/// The number behind `label` in what was said.
fn seconds(output: &Output, label: &str) -> Result<f64, Failure> {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said);
    let found = said.split(label).nth(1).and_then(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        rest[..end].parse().ok()
    });
    found.ok_or_else(|| format!("no ssh\n{said}").into())
}

fn show(what: &str, mut runs: Vec<f64>) {
    runs.sort_by(f64::total_cmp);
    if let (Some(least), Some(median)) = (runs.first(), runs.get(runs.len() / 2)) {
        println!(
            "{what:<28} median {median:>7.3} s  least {least:>7.3} s  of {}",
            runs.len()
        );
    }
}
