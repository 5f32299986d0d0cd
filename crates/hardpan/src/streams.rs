//! Standard output and standard error: the one place where bytes leave the program, and where it is noticed that
//! nobody reads them any more.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal as _, Stderr, Stdout, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileTypeExt as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::SIGPIPE;

use crate::terminal::Colours;

/// Whether a reader left.
static READER_LEFT: AtomicBool = AtomicBool::new(false);
/// Whether data has been printed.
static HAS_PRINTED: AtomicBool = AtomicBool::new(false);
/// Whether something was not done because a reader left.
static IS_CUT_SHORT: AtomicBool = AtomicBool::new(false);
/// What asks the work that goes on to stop.
static CANCELLED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// A stream that waits where it would have to, and notes when its reader left.
pub struct Stream<S> {
    stream: S,
    is_for_data: bool,
}

/// Standard output.
pub fn output() -> Stream<Stdout> {
    Stream {
        stream: io::stdout(),
        is_for_data: true,
    }
}

/// Standard error.
pub fn talk() -> Stream<Stderr> {
    Stream {
        stream: io::stderr(),
        is_for_data: false,
    }
}

impl<S: AsFd> Stream<S> {
    /// What becomes of colours where people read this stream; nothing where a file or a program does.
    pub fn terminal(&self) -> Option<Colours> {
        if !self.stream.as_fd().is_terminal() {
            return None;
        }
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        Some(if is_set("NO_COLOR") || is_dumb {
            Colours::Drop
        } else {
            Colours::Keep
        })
    }

    /// Tries until it is done or refused; a stream that others made not blocking is waited for.
    fn patiently<T>(&mut self, mut work: impl FnMut(&mut S) -> io::Result<T>) -> io::Result<T> {
        loop {
            match work(&mut self.stream) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    poll(&mut [PollFd::new(&self.stream, PollFlags::OUT)], None)?;
                }
                Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                    reader_left();
                    cut_short();
                    return Err(error);
                }
                result => return result,
            }
        }
    }
}

impl<S: Write + AsFd> Write for Stream<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_for_data {
            HAS_PRINTED.store(true, Ordering::SeqCst);
        }
        self.patiently(|stream| stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.patiently(Write::flush)
    }
}

/// Asks whatever goes on to stop once nobody reads standard output or standard error any more, also where nothing is
/// written for a long time.
pub fn watch_readers(cancelled: &Arc<AtomicBool>) {
    if CANCELLED.set(Arc::clone(cancelled)).is_err() {
        return;
    }
    let is_watched = |stream: BorrowedFd<'_>| {
        let metadata = stream.try_clone_to_owned().map(File::from);
        let kind = metadata.and_then(|file| Ok(file.metadata()?.file_type()));
        kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
    };
    let (output, talk) = (is_watched(io::stdout().as_fd()), is_watched(io::stderr().as_fd()));
    if output || talk {
        // Without the thread it is noticed when something is written.
        let _ = std::thread::Builder::new()
            .name("readers".to_owned())
            .spawn(move || wait_for_leaving(output, talk));
    }
}

/// Waits until one of the streams that are watched has no reader.
fn wait_for_leaving(output: bool, talk: bool) {
    let (stdout, stderr) = (io::stdout(), io::stderr());
    loop {
        let watched = [(output, stdout.as_fd()), (talk, stderr.as_fd())];
        let watched = watched.into_iter().filter(|(is_watched, _)| *is_watched);
        let mut watched: Vec<PollFd<'_>> = watched
            .map(|(_, stream)| PollFd::from_borrowed_fd(stream, PollFlags::empty()))
            .collect();
        let gone = PollFlags::ERR;
        match poll(&mut watched, None) {
            Ok(_) if watched.iter().any(|stream| stream.revents().contains(gone)) => {
                // Whoever has read what was printed may go; if there is more, it is noticed when it is printed.
                if !HAS_PRINTED.load(Ordering::SeqCst) {
                    reader_left();
                }
                return;
            }
            Err(error) if error == rustix::io::Errno::INTR => {}
            _ => return,
        }
    }
}

fn reader_left() {
    READER_LEFT.store(true, Ordering::Relaxed);
    if let Some(cancelled) = CANCELLED.get() {
        cancelled.store(true, Ordering::Relaxed);
    }
}

/// Notes that work did not come to its end.
fn cut_short() {
    IS_CUT_SHORT.store(true, Ordering::Relaxed);
}

/// Whether an error is none because nobody reads any more; the program then ends as others do.
pub fn is_excused() -> bool {
    let left = READER_LEFT.load(Ordering::Relaxed);
    if left {
        cut_short();
    }
    left
}

/// The end of the program: by the signal that pipes send, if its work was cut short by a reader that left.
pub fn end(code: ExitCode) -> ExitCode {
    if IS_CUT_SHORT.load(Ordering::Relaxed) {
        // It comes back only where the signal cannot be sent; the code of a shell is told then.
        let _ = signal_hook::low_level::emulate_default_handler(SIGPIPE);
        return ExitCode::from(141);
    }
    code
}
