//! One JSON object a line for each event.

use builder::Event as Build;
use operations::{Event, StepKind};
use serde_json::{Value, json};

use super::Display;
use crate::talk;

/// JSON on standard error.
pub struct Json;

impl Display for Json {
    fn show(&mut self, event: &Event) {
        talk::record(&as_json(event));
    }
}

fn as_json(event: &Event) -> Value {
    match event {
        Event::Began(phase) => json!({ "event": "began", "phase": phase.word() }),
        Event::Ended(phase, duration) => {
            json!({ "event": "ended", "phase": phase.word(), "milliseconds": milliseconds(*duration) })
        }
        Event::Build(build) => build_as_json(build),
        Event::Work(work) => json!({
            "event": "work",
            "downloads": work.count(StepKind::Download),
            "downloadBytes": work.download_bytes,
            "objects": work.count(StepKind::Object),
            "images": work.count(StepKind::Image),
            "others": work.count(StepKind::Other),
        }),
        Event::Fetching(url) => json!({ "event": "fetching", "url": url }),
        Event::Warning(text) => json!({ "event": "warning", "text": text }),
        Event::Note(text) => json!({ "event": "note", "text": text }),
        Event::Trace(text) => json!({ "event": "trace", "text": text }),
        Event::LockWritten {
            file,
            created,
            changes,
        } => {
            json!({ "event": "lockWritten", "file": file, "created": created, "changes": changes })
        }
        Event::LockNotWritten { flake, changes } => {
            json!({ "event": "lockNotWritten", "flake": flake, "changes": changes })
        }
        Event::Verifying { done, total, path } => {
            json!({ "event": "verifying", "done": done, "total": total, "path": path.to_string() })
        }
    }
}

fn build_as_json(event: &Build) -> Value {
    match event {
        Build::Planned { fetch, build, have } => {
            json!({ "event": "planned", "fetch": fetch, "build": build, "have": have })
        }
        Build::Phase { derivation, phase } => {
            json!({ "event": "phase", "derivation": derivation.to_string(), "phase": phase })
        }
        Build::Waiting { path } => json!({ "event": "waiting", "path": path.to_string() }),
        Build::Started { derivation, builder } => {
            json!({ "event": "started", "derivation": derivation.to_string(), "builder": builder })
        }
        Build::Log { derivation, line } => {
            json!({ "event": "log", "derivation": derivation.to_string(), "line": line })
        }
        Build::Progress {
            derivation,
            done,
            total,
        } => {
            json!({ "event": "progress", "derivation": derivation.to_string(), "done": done, "total": total })
        }
        Build::Finished {
            derivation,
            duration,
            outputs,
        } => json!({
            "event": "finished",
            "derivation": derivation.to_string(),
            "milliseconds": milliseconds(*duration),
            "outputs": outputs.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
        Build::Warning(text) => json!({ "event": "warning", "text": text }),
        Build::Failed { derivation } => json!({ "event": "failed", "derivation": derivation.to_string() }),
    }
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
