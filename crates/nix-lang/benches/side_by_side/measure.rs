//! Runs a program to its end and measures it as a whole process.

use std::process::{Command, Stdio};
use std::time::Instant;

use wait4::Wait4;

/// What one run cost.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) wall_ms: f64,
    pub(crate) user_ms: f64,
    pub(crate) system_ms: f64,
    pub(crate) peak_kib: u64,
}

impl Cost {
    pub(crate) fn cpu_ms(&self) -> f64 {
        self.user_ms + self.system_ms
    }
}

/// Runs `command`; its output, and what it cost.
pub(crate) fn run(command: &mut Command) -> std::io::Result<(String, Cost)> {
    let output = tempfile::tempfile()?;
    command
        .stdout(output.try_clone()?)
        .stderr(output.try_clone()?)
        .stdin(Stdio::null());
    let start = Instant::now();
    let child = command.spawn()?;
    let used = child.wait4()?;
    let wall_ms = start.elapsed().as_secs_f64() * 1000.0;
    let text = read_back(output)?;
    if !used.status.success() {
        return Err(std::io::Error::other(format!(
            "{command:?}: {}: {text}",
            used.status
        )));
    }
    let cost = Cost {
        wall_ms,
        user_ms: used.rusage.utime.as_secs_f64() * 1000.0,
        system_ms: used.rusage.stime.as_secs_f64() * 1000.0,
        peak_kib: used.rusage.maxrss / 1024,
    };
    Ok((text, cost))
}

fn read_back(mut file: std::fs::File) -> std::io::Result<String> {
    use std::io::{Read, Seek};
    file.rewind()?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// The middle value.
pub(crate) fn median(costs: &[Cost], of: impl Fn(&Cost) -> f64) -> f64 {
    let mut values: Vec<f64> = costs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
