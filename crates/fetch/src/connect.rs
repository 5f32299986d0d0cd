//! Connections that hear a wish to stop: looking up names, connecting and waiting for bytes all end soon after it.
//!
//! Names are looked up once for all threads, because some networks lose every second question and then make each
//! thread wait for seconds.

use std::collections::HashMap;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
};
use ureq::{Error, Timeout};

/// How long it may take until a wish to stop is heard.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long an address stays good.
const KNOWN_FOR: Duration = Duration::from_secs(300);
/// How long it is believed that a name has no address.
const UNKNOWN_FOR: Duration = Duration::from_secs(3);
/// How many addresses of one name are tried.
const MOST_ADDRESSES: usize = 8;

/// Tells whether to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop(pub(crate) Arc<AtomicBool>);

impl Stop {
    fn check(&self) -> Result<(), Error> {
        match self.0.load(Ordering::Relaxed) {
            true => Err(Error::Io(io::Error::other("interrupted"))),
            false => Ok(()),
        }
    }
}

/// Runs `work` in a thread and waits for it no longer than `limit` and until `stop`; the thread is left alone then.
fn wait_for<T: Send + 'static>(
    stop: &Stop,
    limit: Duration,
    reason: Timeout,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let (sender, receiver) = mpsc::channel();
    let run = move || {
        let _ = sender.send(work());
    };
    thread::Builder::new()
        .name("connect".to_owned())
        .spawn(run)
        .map_err(Error::Io)?;
    let began = Instant::now();
    loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(result) => return result.map_err(Error::Io),
            Err(RecvTimeoutError::Disconnected) => return Err(Error::Io(io::ErrorKind::BrokenPipe.into())),
            Err(RecvTimeoutError::Timeout) => stop.check()?,
        }
        if began.elapsed() >= limit {
            return Err(Error::Timeout(reason));
        }
    }
}

/// The addresses of names, looked up once for all threads.
#[derive(Debug)]
pub(crate) struct Names {
    stop: Stop,
    known: Mutex<HashMap<String, Lookup>>,
    changed: Condvar,
}

#[derive(Clone, Debug)]
enum Lookup {
    Running,
    Found(Instant, Vec<SocketAddr>),
    Failed(Instant),
}

impl Names {
    pub(crate) fn new(stop: Stop) -> Self {
        Self {
            stop,
            known: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Lookup>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The addresses of `name`, a host with a port, found by `look_up` unless they are known.
    fn addresses(
        &self,
        name: &str,
        look_up: impl FnOnce() -> Result<Vec<SocketAddr>, Error>,
    ) -> Result<Vec<SocketAddr>, Error> {
        let mut known = self.lock();
        loop {
            match known.get(name) {
                Some(Lookup::Running) => {
                    let waited = self.changed.wait_timeout(known, PATIENCE);
                    known = waited.unwrap_or_else(PoisonError::into_inner).0;
                    self.stop.check()?;
                }
                Some(Lookup::Found(when, addresses)) if when.elapsed() < KNOWN_FOR => {
                    return Ok(addresses.clone());
                }
                Some(Lookup::Failed(when)) if when.elapsed() < UNKNOWN_FOR => {
                    return Err(Error::HostNotFound);
                }
                _ => break,
            }
        }
        known.insert(name.to_owned(), Lookup::Running);
        drop(known);
        let found = look_up();
        let entry = match &found {
            Ok(addresses) => Lookup::Found(Instant::now(), addresses.clone()),
            Err(_) => Lookup::Failed(Instant::now()),
        };
        self.lock().insert(name.to_owned(), entry);
        self.changed.notify_all();
        found
    }
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().ok_or(Error::HostNotFound)?;
        let default_port = match uri.scheme_str() {
            Some("https") => 443,
            _ => 80,
        };
        let name = format!("{host}:{}", uri.port_u16().unwrap_or(default_port));
        let question = name.clone();
        let look_up = || {
            let ask = move || Ok(question.to_socket_addrs()?.collect::<Vec<_>>());
            wait_for(&self.stop, *timeout.after, timeout.reason, ask).map_err(|error| match error {
                Error::Io(error) if error.to_string() != "interrupted" => Error::HostNotFound,
                other => other,
            })
        };
        let addresses = self.addresses(&name, look_up)?;
        let mut resolved = self.empty();
        for address in config
            .ip_family()
            .keep_wanted(addresses.into_iter())
            .take(MOST_ADDRESSES)
        {
            resolved.push(address);
        }
        match resolved.is_empty() {
            true => Err(Error::HostNotFound),
            false => Ok(resolved),
        }
    }
}

/// Makes connections.
#[derive(Debug)]
pub(crate) struct Plug {
    pub(crate) stop: Stop,
    pub(crate) pace: Pace,
}

/// What is expected of a server in the middle of an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// How long it may be silent.
    pub(crate) stall_timeout: Duration,
    /// What it must send on average while it is waited for so long.
    pub(crate) slowest_bytes_per_second: u64,
}

/// What came since when a server's pace was last looked at.
#[derive(Debug, Default)]
struct Stretch {
    waited: Duration,
    bytes: u64,
}

impl Stretch {
    /// Notes that `bytes` came after `waited`; fails where too little came in too long a time.
    fn add(&mut self, waited: Duration, bytes: usize, pace: Pace) -> Result<(), Error> {
        self.waited += waited;
        self.bytes += bytes as u64;
        if self.waited < pace.stall_timeout {
            return Ok(());
        }
        let stretch = std::mem::take(self);
        let least = pace
            .slowest_bytes_per_second
            .saturating_mul(stretch.waited.as_millis() as u64)
            / 1000;
        match stretch.bytes < least {
            true => Err(too_slow(&stretch)),
            false => Ok(()),
        }
    }
}

fn too_slow(stretch: &Stretch) -> Error {
    let came = match stretch.bytes {
        0 => "nothing".to_owned(),
        1 => "one byte".to_owned(),
        bytes => format!("{bytes} bytes"),
    };
    let seconds = stretch.waited.as_secs_f32();
    Error::Io(io::Error::new(
        io::ErrorKind::TimedOut,
        format!("the server sent {came} in {seconds:.1} s"),
    ))
}

impl<In: Transport> Connector<In> for Plug {
    type Out = Either<In, Connection>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if let Some(other) = chained {
            return Ok(Some(Either::A(other)));
        }
        let limit = *details.timeout.after;
        let addresses: Vec<SocketAddr> = details.addrs.iter().copied().collect();
        let connect = move || connect_to_first(&addresses, limit);
        let stream = wait_for(&self.stop, limit, details.timeout.reason, connect)?;
        stream.set_nodelay(details.config.no_delay()).map_err(Error::Io)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(Error::Io)?;
        let config = details.config;
        Ok(Some(Either::B(Connection {
            stream,
            buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
            stop: self.stop.clone(),
            pace: self.pace,
            stretch: Stretch::default(),
        })))
    }
}

/// Each address gets half of the time that is left, the last one all of it.
fn connect_to_first(addresses: &[SocketAddr], limit: Duration) -> io::Result<TcpStream> {
    let mut left = limit;
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for (number, address) in addresses.iter().enumerate() {
        let share = if number + 1 < addresses.len() {
            left / 2
        } else {
            left
        };
        match TcpStream::connect_timeout(address, share.max(PATIENCE)) {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
        left = left.saturating_sub(share);
    }
    Err(failure)
}

/// A connection whose reader hears a wish to stop.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffers: LazyBuffers,
    stop: Stop,
    pace: Pace,
    stretch: Stretch,
}

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let limit = (*timeout.after).min(self.pace.stall_timeout).max(PATIENCE);
        self.stream.set_write_timeout(Some(limit)).map_err(Error::Io)?;
        let output = &self.buffers.output()[..amount];
        match self.stream.write_all(output) {
            Err(error) if is_timeout(&error) => Err(Error::Timeout(timeout.reason)),
            other => other.map_err(Error::Io),
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let limit = (*timeout.after).min(self.pace.stall_timeout);
        let is_body = timeout.reason == Timeout::RecvBody;
        let began = Instant::now();
        loop {
            self.stop.check()?;
            match self.stream.read(self.buffers.input_append_buf()) {
                Ok(count) => {
                    self.buffers.input_appended(count);
                    if is_body && count > 0 {
                        self.stretch.add(began.elapsed(), count, self.pace)?;
                    }
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => {
                    if began.elapsed() >= limit {
                        if is_body {
                            return Err(too_slow(&Stretch {
                                waited: began.elapsed(),
                                bytes: 0,
                            }));
                        }
                        return Err(Error::Timeout(timeout.reason));
                    }
                }
                Err(error) => return Err(Error::Io(error)),
            }
        }
    }

    fn is_open(&mut self) -> bool {
        let mut byte = [0];
        let quiet = self.stream.set_nonblocking(true).is_ok()
            && matches!(self.stream.peek(&mut byte), Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        self.stream.set_nonblocking(false).is_ok() && quiet
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn threads_that_want_one_name_wait_for_one_lookup() {
        let names = Names::new(Stop(Arc::default()));
        let lookups = AtomicUsize::new(0);
        let address: SocketAddr = "127.0.0.1:80".parse().unwrap();
        let look_up = || {
            lookups.fetch_add(1, Ordering::SeqCst);
            Ok(vec![address])
        };
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert_eq!(names.addresses("a:80", look_up).unwrap(), [address]));
            }
        });
        names.addresses("b:80", look_up).unwrap();
        assert_eq!(lookups.load(Ordering::SeqCst), 2, "one for each name");
        let fail = || Err(Error::HostNotFound);
        assert!(names.addresses("c:80", fail).is_err());
        assert!(
            names.addresses("c:80", look_up).is_err(),
            "a failure is believed for a while"
        );
    }
}
