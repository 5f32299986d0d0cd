//! Times our evaluator and `nix-instantiate` side by side, as whole processes: `cargo bench -p nix-lang`.
//!
//! Words after `--` choose workloads whose names contain them; `--runs N` says how often each runs. `$NIX_INSTANTIATE`
//! names the other program, which otherwise is looked for in `$PATH`. Both must print the same.

#[path = "../../tests/lang/world.rs"]
mod world;

mod measure;
mod workloads;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use measure::{Cost, median, run};
use nix_lang::{Settings, with_evaluator};

/// As the command line has it.
#[global_allocator]
static ALLOCATOR: memory::HugePages = memory::HugePages;

/// The argument that makes this program evaluate a file and end.
const EVALUATE: &str = "--evaluate";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, file] = arguments.as_slice()
        && flag == EVALUATE
    {
        return evaluate(file);
    }
    match compare(&Choice::of(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What `nix-instantiate --eval --strict` does.
fn evaluate(file: &str) -> ExitCode {
    let world = world::Files::default();
    let result = with_evaluator(&Settings::impure("x86_64-linux"), &world, |evaluator| {
        let value = evaluator.evaluate_file(file);
        let value = value.and_then(|value| evaluator.force_deep(evaluator.thunk(value)));
        value
            .map(|value| evaluator.shown_plainly(&value))
            .map_err(|error| evaluator.describe(error).message)
    });
    match result {
        Ok(Ok(text)) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Ok(Err(message)) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Which workloads run, and how often.
struct Choice {
    words: Vec<String>,
    runs: usize,
}

impl Choice {
    fn of(arguments: &[String]) -> Self {
        let mut choice = Self {
            words: Vec::new(),
            runs: 5,
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--runs" => choice.runs = arguments.next().and_then(|runs| runs.parse().ok()).unwrap_or(5),
                flag if flag.starts_with("--") => {}
                word => choice.words.push(word.to_owned()),
            }
        }
        choice
    }

    fn has(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }
}

/// The other evaluator, if there is one.
fn other_evaluator() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("NIX_INSTANTIATE") {
        return Some(named.into());
    }
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join("nix-instantiate"))
        .find(|candidate| candidate.is_file())
}

fn compare(choice: &Choice) -> std::io::Result<()> {
    let other = other_evaluator();
    match &other {
        Some(program) => println!("beside {}", program.display()),
        None => println!("no nix-instantiate in $PATH or $NIX_INSTANTIATE: only our own side is timed"),
    }
    let folder = tempfile::tempdir()?;
    let library = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../base/lib")
        .canonicalize()?;
    println!(
        "{:16} {:>26} {:>26} {:>14}",
        "", "ours: cpu, wall, peak", "nix: cpu, wall, peak", "time, memory"
    );
    let mut ratios = Vec::new();
    for workload in workloads::all(&library) {
        if !choice.has(workload.name) {
            continue;
        }
        let file = folder.path().join("workload.nix");
        std::fs::write(&file, &workload.text)?;
        ratios.extend(compare_one(
            workload.name,
            &file,
            other.as_deref(),
            folder.path(),
            choice.runs,
        )?);
    }
    ratios.sort_by(f64::total_cmp);
    if let (Some(middle), Some(least)) = (ratios.get(ratios.len() / 2), ratios.first()) {
        println!("in the median {middle:.2} times as fast, at least {least:.2} times");
    }
    Ok(())
}

/// Times one workload on both sides in turn; how many times as fast ours is.
fn compare_one(
    name: &str,
    file: &Path,
    other: Option<&Path>,
    folder: &Path,
    runs: usize,
) -> std::io::Result<Option<f64>> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let (own_text, cost) = run(Command::new(std::env::current_exe()?).arg(EVALUATE).arg(file))?;
        ours.push(cost);
        if let Some(program) = other {
            let mut command = Command::new(program);
            command
                .args(["--eval", "--strict", "--store"])
                .arg(folder.join("root"));
            let (text, cost) = run(command.arg(file))?;
            if text != own_text {
                return Err(std::io::Error::other(format!("{name}: {own_text} is not {text}")));
            }
            theirs.push(cost);
        }
    }
    print!("{name:16} {}", shown(&ours));
    let ratio = (!theirs.is_empty()).then(|| {
        let time = median(&theirs, Cost::cpu_ms) / median(&ours, Cost::cpu_ms);
        let peak = |costs: &[Cost]| median(costs, |cost| cost.peak_kib as f64);
        print!(
            " {} {time:6.2}x {:5.2}x",
            shown(&theirs),
            peak(&theirs) / peak(&ours)
        );
        time
    });
    println!();
    Ok(ratio)
}

fn shown(costs: &[Cost]) -> String {
    let peak_mib = median(costs, |cost| cost.peak_kib as f64 / 1024.0);
    let (cpu, wall) = (median(costs, Cost::cpu_ms), median(costs, |cost| cost.wall_ms));
    format!("{cpu:7.0} ms {wall:6.0} ms {peak_mib:4.0} MB")
}
