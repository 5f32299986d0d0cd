//! Bars on a terminal: one for downloads, one for objects, one for the image, and one line for what else goes on.

use std::collections::BTreeMap;

use builder::Event as Build;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use nix_formats::StorePath;
use operations::{Event, StepKind, Work};

use super::{Display, message, name_of};
use crate::streams;
use crate::terminal::{Colours, clean};

const BAR: &str = "{prefix:>9} {bar:30} {pos}/{len} {msg}";
const BYTES: &str = "{prefix:>9} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {msg}";
const SPINNER: &str = "{prefix:>9} {spinner} {wide_msg}";

/// Bars on standard error.
pub struct Bars {
    logs: bool,
    all: MultiProgress,
    bars: BTreeMap<StepKind, ProgressBar>,
    phase: Option<ProgressBar>,
    running: BTreeMap<StorePath, Running>,
    /// How many steps have begun.
    begun: u64,
}

/// A step that is going on.
struct Running {
    kind: StepKind,
    /// Which one it was to begin.
    number: u64,
    done: u64,
    /// How far it is, in words.
    state: String,
}

impl Bars {
    /// Whether standard error is something that bars can be drawn on.
    pub fn can_be_shown() -> bool {
        !MultiProgress::new().is_hidden()
    }

    /// With `logs` what builds say is printed above the bars.
    pub fn new(logs: bool) -> Self {
        Self {
            logs,
            all: MultiProgress::new(),
            bars: BTreeMap::new(),
            phase: None,
            running: BTreeMap::new(),
            begun: 0,
        }
    }

    fn print(&self, text: &str) {
        let colours = streams::talk().terminal().unwrap_or(Colours::Drop);
        let _ = self.all.println(clean(text, colours));
    }

    /// Has the bar of a kind name the step that runs: of several the one that has run longest, and how many others.
    fn name_running(&self, kind: StepKind) {
        let Some(bar) = self.bars.get(&kind) else { return };
        let running = self.running.iter().filter(|(_, running)| running.kind == kind);
        let count = running.clone().count();
        let text = match running.min_by_key(|(_, running)| running.number) {
            None => String::new(),
            Some((derivation, Running { state, .. })) => {
                let others = match count {
                    1 => String::new(),
                    count => format!(" and {} more", count - 1),
                };
                format!("{}{state}{others}", name_of(derivation))
            }
        };
        bar.set_message(of_one_line(&text));
    }

    fn add(&mut self, kind: StepKind, prefix: &'static str, length: u64, template: &str) {
        if length > 0 {
            let style =
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = self
                .all
                .add(ProgressBar::new(length))
                .with_style(style)
                .with_prefix(prefix);
            self.bars.insert(kind, bar);
        }
    }

    fn begin(&mut self, work: &Work) {
        self.clear();
        let count = |kind| work.count(kind) as u64;
        self.add(
            StepKind::Download,
            "download",
            work.download_bytes.max(count(StepKind::Download)),
            BYTES,
        );
        self.add(StepKind::Object, "objects", count(StepKind::Object), BAR);
        self.add(StepKind::Image, "image", count(StepKind::Image), BAR);
        self.add(StepKind::Other, "build", count(StepKind::Other), BAR);
    }

    fn clear(&mut self) {
        for bar in std::mem::take(&mut self.bars)
            .into_values()
            .chain(self.phase.take())
        {
            bar.finish_and_clear();
        }
        self.running.clear();
    }

    fn build(&mut self, event: &Build) {
        match event {
            Build::Phase { derivation, phase } => self.state(derivation, format!(" ({phase})")),
            Build::Started { derivation, builder } => {
                let kind = StepKind::of(builder);
                self.begun += 1;
                let running = Running {
                    kind,
                    number: self.begun,
                    done: 0,
                    state: String::new(),
                };
                self.running.insert(derivation.clone(), running);
                self.name_running(kind);
            }
            Build::Progress {
                derivation,
                done,
                total,
            } => self.advance(derivation, *done, *total),
            Build::Finished { derivation, .. } => self.end(derivation),
            Build::Log { derivation, line } if self.logs => {
                self.print(&format!("{}> {line}", name_of(derivation)))
            }
            Build::Waiting { path } => self.print(&format!("waiting for another process to make {path}")),
            Build::Failed { derivation } => {
                self.print(&format!("failed: {}", name_of(derivation)));
                if let Some(running) = self.running.remove(derivation) {
                    self.name_running(running.kind);
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, derivation: &StorePath) {
        let Some(running) = self.running.remove(derivation) else {
            return;
        };
        match self.bars.get(&running.kind) {
            Some(bar) if running.kind != StepKind::Download => bar.inc(1),
            _ => {}
        }
        self.name_running(running.kind);
    }

    /// Says how far a step is.
    fn state(&mut self, derivation: &StorePath, state: String) {
        if let Some(running) = self.running.get_mut(derivation) {
            running.state = state;
            let kind = running.kind;
            self.name_running(kind);
        }
    }

    fn advance(&mut self, derivation: &StorePath, done: u64, total: u64) {
        let Some(running) = self.running.get_mut(derivation) else {
            return;
        };
        match running.kind {
            StepKind::Download => {
                if let Some(bar) = self.bars.get(&running.kind) {
                    bar.inc(done.saturating_sub(running.done));
                }
                running.done = done;
            }
            StepKind::Image if total > 0 => {
                self.state(derivation, format!(" {} %", done.saturating_mul(100) / total));
            }
            _ => {}
        }
    }

    fn spin(&mut self, word: &'static str, text: String) {
        let bar = self.phase.get_or_insert_with(|| {
            let style =
                ProgressStyle::with_template(SPINNER).unwrap_or_else(|_| ProgressStyle::default_spinner());
            let bar = self.all.add(ProgressBar::new_spinner()).with_style(style);
            bar.enable_steady_tick(std::time::Duration::from_millis(120));
            bar
        });
        bar.set_prefix(word);
        bar.set_message(of_one_line(&text));
    }
}

/// Text that stays in its line, as bars do.
fn of_one_line(text: &str) -> String {
    clean(text, Colours::Drop).replace(['\n', '\t'], " ")
}

impl Display for Bars {
    fn show(&mut self, event: &Event) {
        match event {
            Event::Began(phase) => self.spin(phase.word(), String::new()),
            Event::Ended(..) => self.clear(),
            Event::Work(work) => self.begin(work),
            Event::Build(event) => self.build(event),
            Event::Fetching(url) => self.spin("fetch", url.clone()),
            Event::Verifying { done, total, path } => {
                self.spin("verify", format!("{done}/{total} {}", path.base_name()));
            }
            other => {
                if let Some(text) = message(other) {
                    self.print(&text);
                }
            }
        }
    }

    fn finish(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_names_the_step_that_runs() {
        let path = |name: &str| {
            let text = format!("/nix/store/00000000000000000000000000000000-{name}.drv");
            StorePath::parse_absolute(&text).expect("it is a store path")
        };
        let started = |name: &str| Build::Started {
            derivation: path(name),
            builder: "/bin/sh".to_owned(),
        };
        let finished = |name: &str| Build::Finished {
            derivation: path(name),
            duration: std::time::Duration::ZERO,
            outputs: Vec::new(),
        };
        let phase = |name: &str| Build::Phase {
            derivation: path(name),
            phase: "install\u{1b}[2JPhase".to_owned(),
        };
        let failed = |name: &str| Build::Failed {
            derivation: path(name),
        };
        let mut bars = Bars::new(false);
        bars.begin(&Work {
            steps: BTreeMap::from([(StepKind::Other, 3)]),
            download_bytes: 0,
        });
        let table = [
            (started("z"), "z"),
            (started("a"), "z and 1 more"),
            (phase("z"), "z (installPhase) and 1 more"),
            (finished("z"), "a"),
            (started("b"), "a and 1 more"),
            (failed("a"), "b"),
            (finished("b"), ""),
        ];
        for (event, expected) in table {
            bars.show(&Event::Build(event.clone()));
            assert_eq!(bars.bars[&StepKind::Other].message(), expected, "after {event:?}");
        }
    }
}
