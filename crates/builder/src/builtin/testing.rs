//! A store and a derivation for tests of single builders.

use super::{Build, Environment};
use crate::context::Declared;
use crate::{BuildContext, Cancellation, Event};
use fetch::{Fetcher, Settings};
use nix_formats::{Derivation, Hash, HashAlgorithm, Method, Output, StorePath};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{Registration, Store};

/// Where the output lies in the logical store.
pub(super) const OUTPUT: &str = "/nix/store/zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz-out";

/// An empty store and what one builder makes in it.
pub(super) struct Fixture {
    folder: tempfile::TempDir,
    store: Store,
    pub environment: Environment,
    pub events: Mutex<Vec<Event>>,
    pub declared: Mutex<BTreeMap<String, Declared>>,
    pub cancellation: Cancellation,
    /// Input sources of the derivation.
    pub inputs: BTreeSet<StorePath>,
    /// Further inputs, which are only there.
    unregistered: Mutex<BTreeSet<StorePath>>,
}

impl Fixture {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let store = Store::open(&folder.path().join("root")).expect("an empty store can be made");
        let settings = Settings {
            first_wait: Duration::from_millis(1),
            attempts: 1,
            ..Settings::default()
        };
        let environment = Environment {
            fetcher: Arc::new(Fetcher::new(settings)),
            mirrors: BTreeMap::new(),
            npm: fetch::NpmConfiguration::default(),
            cache: folder.path().join("cache"),
        };
        Self {
            folder,
            store,
            environment,
            events: Mutex::default(),
            declared: Mutex::default(),
            cancellation: Cancellation::default(),
            inputs: BTreeSet::new(),
            unregistered: Mutex::default(),
        }
    }

    /// Makes what lies at a logical path an input.
    pub fn input(&self, logical: &str) {
        if let Ok((path, _)) = StorePath::parse_inside(logical) {
            let mut unregistered = self.unregistered.lock().unwrap_or_else(PoisonError::into_inner);
            unregistered.insert(path);
        }
    }

    /// Where a logical path lies on disk.
    pub fn physical(&self, logical: &str) -> PathBuf {
        self.store.root().join(logical.trim_start_matches('/'))
    }

    pub fn file(&self, logical: &str, content: impl AsRef<[u8]>) {
        self.input(logical);
        let path = self.physical(logical);
        fs::create_dir_all(path.parent().expect("a file has a parent")).expect("folders can be made");
        fs::write(path, content).expect("a file can be written");
    }

    pub fn link(&self, logical: &str, target: &str) {
        self.input(logical);
        let path = self.physical(logical);
        fs::create_dir_all(path.parent().expect("a link has a parent")).expect("folders can be made");
        std::os::unix::fs::symlink(target, path).expect("a link can be made");
    }

    /// Where the output is written.
    pub fn output(&self) -> PathBuf {
        self.folder.path().join("staged")
    }

    /// Runs a builder; a failure becomes its whole text.
    pub fn build(&self, build: Build, environment: &[(&str, &str)]) -> Result<(), String> {
        let mut derivation = Derivation {
            input_sources: self.inputs.clone(),
            ..Derivation::default()
        };
        let output = [("out", OUTPUT)];
        for (name, value) in environment.iter().chain(&output) {
            derivation.environment.insert((*name).into(), (*value).into());
        }
        if let Some((_, hash)) = environment.iter().find(|(name, _)| *name == "outputHash") {
            let hash = Hash::parse_any(hash, Some(HashAlgorithm::Sha256));
            let fixed = Output::fixed(Method::Flat, hash.unwrap_or(Hash::sha256(b"")));
            derivation.outputs.insert("out".to_owned(), fixed);
        }
        let path =
            StorePath::from_base_name("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz-test.drv").expect("a valid name");
        let sink = |event| {
            self.events
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(event)
        };
        let mut closure = self.store.closure(&self.inputs).expect("the inputs are valid");
        closure.extend(
            self.unregistered
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .iter()
                .cloned(),
        );
        let context = BuildContext {
            path: &path,
            derivation: &derivation,
            store: &self.store,
            inputs: &closure,
            view: crate::context::view(&self.store, &closure),
            outputs: [("out".to_owned(), self.output())].into(),
            cores: 2,
            local_addresses: false,
            sink: &sink,
            cancellation: &self.cancellation,
            declared: Mutex::default(),
        };
        let result = build(&self.environment, &context).map_err(|failure| chain(&failure));
        *self.declared.lock().unwrap_or_else(PoisonError::into_inner) = context
            .declared
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        result
    }

    /// The output's paths: directories are empty, links begin with an arrow, files are `mode content`.
    pub fn listing(&self) -> BTreeMap<String, String> {
        let mut listing = BTreeMap::new();
        list(&self.output(), "", &mut listing);
        listing
    }

    /// Makes what the last builder wrote, or nothing, a valid path that the next one may use.
    pub fn register(&mut self, name: &str) -> StorePath {
        let digit = char::from(b'0' + self.inputs.len() as u8).to_string();
        let path = StorePath::from_base_name(&format!("{}-{name}", digit.repeat(32))).expect("a valid name");
        let staging = self.store.stage_existing(&path, self.output());
        staging
            .register(Registration::default())
            .expect("the output can be moved into the store");
        self.inputs.insert(path.clone());
        path
    }

    /// Makes a text a valid path that the next builder may use.
    pub fn text(&mut self, name: &str, text: &str, references: &[&StorePath]) -> StorePath {
        let references = references.iter().map(|path| (*path).clone()).collect();
        let path = self
            .store
            .add_text(name, text.as_bytes(), &references)
            .expect("a text can be added");
        self.inputs.insert(path.clone());
        path
    }

    /// What the builder said that its output refers to.
    pub fn references(&self) -> BTreeSet<StorePath> {
        let declared = self.declared.lock().unwrap_or_else(PoisonError::into_inner);
        declared["out"]
            .references
            .clone()
            .expect("the builder said what its output refers to")
    }

    /// What the builder wrote to its log.
    pub fn log(&self) -> Vec<String> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = events.iter().filter_map(|event| match event {
            Event::Log { line, .. } => Some(line.clone()),
            _ => None,
        });
        lines.collect()
    }
}

fn list(directory: &Path, prefix: &str, listing: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(directory).expect("the output can be listed") {
        let entry = entry.expect("the output can be listed");
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let metadata = entry.metadata().expect("an entry has metadata");
        let shown = if metadata.is_symlink() {
            let target = fs::read_link(entry.path()).expect("a link can be read");
            format!("-> {}", target.display())
        } else if metadata.is_dir() {
            list(&entry.path(), &format!("{path}/"), listing);
            String::new()
        } else {
            let content = fs::read(entry.path()).expect("a file can be read");
            let mode = metadata.permissions().mode() & 0o7777;
            format!("{mode:o} {}", String::from_utf8_lossy(&content))
        };
        listing.insert(path, shown);
    }
}

/// A Debian package. Paths that end in a slash are directories, contents that begin with `-> ` symbolic links and
/// those that begin with `=> ` hard links; every file is mode 0755 if its path holds `bin/`, else 0644.
pub(super) fn deb(name: &str, files: &[(&str, &str)]) -> Vec<u8> {
    let control = format!("Package: {name}\nVersion: 1\nArchitecture: all\nDescription: x\n");
    let mut archive = b"!<arch>\n".to_vec();
    let members = [
        ("debian-binary", b"2.0\n".to_vec()),
        (
            "control.tar",
            super::unpack::testing::tar(&[("./control", control.as_bytes())]),
        ),
        ("data.tar.xz", super::unpack::testing::xz(&data(files))),
    ];
    for (name, content) in members {
        archive.extend(
            format!(
                "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
                0,
                0,
                0,
                "100644",
                content.len()
            )
            .bytes(),
        );
        archive.extend_from_slice(&content);
        archive.resize(archive.len().next_multiple_of(2), b'\n');
    }
    archive
}

fn data(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        let link = |kind: &str| content.strip_prefix(kind);
        header.set_mode(if path.contains("bin/") { 0o755 } else { 0o644 });
        header.set_size(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(1);
        let (kind, target) = match (link("-> "), link("=> ")) {
            _ if path.ends_with('/') => (tar::EntryType::Directory, None),
            (Some(target), _) => (tar::EntryType::Symlink, Some(target)),
            (_, Some(target)) => (tar::EntryType::Link, Some(target)),
            _ => (tar::EntryType::Regular, None),
        };
        header.set_entry_type(kind);
        let written = match target {
            Some(target) => builder.append_link(&mut header, path, target),
            None => {
                let content = if path.ends_with('/') { "" } else { content };
                header.set_size(content.len() as u64);
                builder.append_data(&mut header, path, content.as_bytes())
            }
        };
        written.expect("memory can be written");
    }
    builder.into_inner().expect("memory can be written")
}

/// An error with all its causes, as a person sees it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// A server on the loopback interface that gives each of `answers` to one request, then stops. `SERVER` in a text
/// becomes its own address.
pub(super) fn serve(answers: Vec<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let port = listener.local_addr().expect("the listener has an address").port();
    let address = format!("http://127.0.0.1:{port}");
    let own = address.clone();
    std::thread::spawn(move || {
        for answer in answers {
            let Ok((mut connection, _)) = listener.accept() else {
                return;
            };
            let mut reader = BufReader::new(connection.try_clone().expect("a socket can be cloned"));
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|count| count > 2) {
                line.clear();
            }
            let body = match String::from_utf8(answer) {
                Ok(text) => text.replace("SERVER", &own).into_bytes(),
                Err(error) => error.into_bytes(),
            };
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            // A client that has seen enough hangs up.
            let _ = connection
                .write_all(head.as_bytes())
                .and_then(|()| connection.write_all(&body));
        }
    });
    address
}
