//! Bars on a terminal: one for downloads, one for objects, one for the image, and one line for what else goes on.

use std::collections::BTreeMap;

use builder::Event as Build;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use nix_formats::StorePath;
use operations::{Event, StepKind, Work};

use super::{Display, message, name_of};

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
}

struct Running {
    kind: StepKind,
    done: u64,
}

impl Bars {
    /// With `logs` what builds say is printed above the bars.
    pub fn new(logs: bool) -> Self {
        Self {
            logs,
            all: MultiProgress::new(),
            bars: BTreeMap::new(),
            phase: None,
            running: BTreeMap::new(),
        }
    }

    fn print(&self, text: &str) {
        let _ = self.all.println(text);
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
            Build::Phase { .. } => {}
            Build::Started { derivation, builder } => {
                let kind = StepKind::of(builder);
                self.running.insert(derivation.clone(), Running { kind, done: 0 });
                if let Some(bar) = self.bars.get(&kind) {
                    bar.set_message(name_of(derivation).to_owned());
                }
            }
            Build::Progress {
                derivation,
                done,
                total,
            } => self.advance(derivation, *done, *total),
            Build::Finished { derivation, .. } => {
                let Some(running) = self.running.remove(derivation) else {
                    return;
                };
                match self.bars.get(&running.kind) {
                    Some(bar) if running.kind != StepKind::Download => bar.inc(1),
                    _ => {}
                }
            }
            Build::Log { derivation, line } if self.logs => {
                self.print(&format!("{}> {line}", name_of(derivation)))
            }
            Build::Waiting { path } => self.print(&format!("waiting for another process to make {path}")),
            Build::Failed { derivation } => self.print(&format!("failed: {}", name_of(derivation))),
            _ => {}
        }
    }

    fn advance(&mut self, derivation: &StorePath, done: u64, total: u64) {
        let Some(running) = self.running.get_mut(derivation) else {
            return;
        };
        let Some(bar) = self.bars.get(&running.kind) else {
            return;
        };
        match running.kind {
            StepKind::Download => {
                bar.inc(done.saturating_sub(running.done));
                running.done = done;
            }
            StepKind::Image if total > 0 => {
                bar.set_message(format!(
                    "{} {} %",
                    name_of(derivation),
                    done.saturating_mul(100) / total
                ));
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
        bar.set_message(text);
    }
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
