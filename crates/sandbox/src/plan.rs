//! Turns a `Spec` into the operations that the child process performs.

use std::collections::BTreeSet;
use std::ffi::{CString, OsStr};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path};

use crate::error::SandboxError;
use crate::filter;
use crate::operation::{Operation, StringList};
use crate::spec::{Access, Entry, Network, Spec};

/// The user and group that a build sees itself as.
const INNER_USER: u32 = 1000;
const INNER_GROUP: u32 = 100;

const DEVICES: [&str; 6] = ["full", "null", "random", "tty", "urandom", "zero"];
const DEVICE_LINKS: [(&str, &str); 5] = [
    ("dev/fd", "/proc/self/fd"),
    ("dev/stdin", "/proc/self/fd/0"),
    ("dev/stdout", "/proc/self/fd/1"),
    ("dev/stderr", "/proc/self/fd/2"),
    ("dev/ptmx", "pts/ptmx"),
];
/// What a process that is this machine's root could change there although it has no capabilities.
const PROTECTED: [&str; 5] = ["sys", "sysrq-trigger", "irq", "bus", "fs"];

/// Who runs the sandbox, as this machine sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity {
    pub(crate) user: u32,
    pub(crate) group: u32,
}

/// The operations for `spec`, in order; the last one becomes the program.
pub(crate) fn plan(spec: &Spec, identity: Identity) -> Result<Vec<Operation>, SandboxError> {
    let mut planner = Planner {
        operations: Vec::new(),
        directories: BTreeSet::new(),
    };
    planner.namespaces(spec, identity)?;
    planner.devices(&spec.devices)?;
    planner.processes(identity)?;
    for entry in &spec.entries {
        planner.entry(entry)?;
    }
    planner.finish(spec)?;
    Ok(planner.operations)
}

struct Planner {
    operations: Vec<Operation>,
    /// What is a directory already, as sandboxed paths without the leading slash.
    directories: BTreeSet<CString>,
}

impl Planner {
    fn namespaces(&mut self, spec: &Spec, identity: Identity) -> Result<(), SandboxError> {
        self.operations.extend([
            Operation::DieWithParent,
            Operation::Identity {
                users: c_string("a map", format!("{INNER_USER} {} 1", identity.user).as_ref())?,
                groups: c_string("a map", format!("{INNER_GROUP} {} 1", identity.group).as_ref())?,
            },
            Operation::HostName,
        ]);
        if spec.network == Network::None {
            self.operations.push(Operation::Loopback);
        }
        let scratch = c_string("a path", spec.scratch.as_os_str())?;
        self.operations
            .extend([Operation::PrivateMounts, Operation::Root { scratch }]);
        Ok(())
    }

    fn devices(&mut self, further: &BTreeSet<String>) -> Result<(), SandboxError> {
        self.directory(Path::new("/dev"))?;
        for name in DEVICES.into_iter().chain(further.iter().map(String::as_str)) {
            let source = c_string("a path", format!("/dev/{name}").as_ref())?;
            let path = c_string("a path", format!("dev/{name}").as_ref())?;
            self.empty_file(path.clone());
            self.operations.push(Operation::bind_device(source, path));
        }
        self.memory(Path::new("/dev/shm"))?;
        self.directory(Path::new("/dev/pts"))?;
        self.operations.push(Operation::Mount {
            kind: c"devpts",
            path: c"dev/pts".to_owned(),
            flags: libc::MS_NOSUID | libc::MS_NOEXEC,
            options: c"newinstance,mode=0620,ptmxmode=0666",
        });
        for (path, target) in DEVICE_LINKS {
            self.operations.push(Operation::Link {
                path: c_string("a path", path.as_ref())?,
                target: c_string("a path", target.as_ref())?,
            });
        }
        Ok(())
    }

    fn processes(&mut self, identity: Identity) -> Result<(), SandboxError> {
        self.directory(Path::new("/proc"))?;
        self.operations.push(Operation::Mount {
            kind: c"proc",
            path: c"proc".to_owned(),
            flags: libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC,
            options: c"",
        });
        if identity.user == 0 {
            for name in PROTECTED
                .iter()
                .filter(|name| Path::new("/proc").join(name).exists())
            {
                let path = c_string("a path", format!("proc/{name}").as_ref())?;
                self.operations
                    .push(Operation::bind_read_only(path.clone(), path));
            }
        }
        self.memory(Path::new("/tmp"))
    }

    fn entry(&mut self, entry: &Entry) -> Result<(), SandboxError> {
        match entry {
            Entry::Directory { path } => self.directory(path),
            Entry::File { path, contents } => {
                let path = self.place(path)?;
                self.operations.push(Operation::File {
                    path,
                    contents: contents.clone(),
                });
                Ok(())
            }
            Entry::Link { path, target } => self.link(path, target),
            Entry::Bind { source, path, access } => self.bind(source, path, *access),
            Entry::Memory { path } => self.memory(path),
        }
    }

    fn bind(&mut self, source: &Path, path: &Path, access: Access) -> Result<(), SandboxError> {
        let looking = SandboxError::host(format!("look at '{}'", source.display()));
        let metadata = fs::symlink_metadata(source).map_err(looking)?;
        if metadata.is_symlink() {
            let reading = SandboxError::host(format!("read the link '{}'", source.display()));
            return self.link(path, &fs::read_link(source).map_err(reading)?);
        }
        if metadata.is_dir() {
            self.directory(path)?;
        } else {
            let path = self.place(path)?;
            self.empty_file(path);
        }
        let source = c_string("a path", source.as_os_str())?;
        let path = inner(path)?;
        self.operations.push(match access {
            Access::Read => Operation::bind_read_only(source, path),
            Access::Write => Operation::bind_writable(source, path),
        });
        Ok(())
    }

    fn link(&mut self, path: &Path, target: &Path) -> Result<(), SandboxError> {
        let path = self.place(path)?;
        let target = c_string("a path", target.as_os_str())?;
        self.operations.push(Operation::Link { path, target });
        Ok(())
    }

    fn memory(&mut self, path: &Path) -> Result<(), SandboxError> {
        self.directory(path)?;
        self.operations.push(Operation::Mount {
            kind: c"tmpfs",
            path: inner(path)?,
            flags: libc::MS_NOSUID | libc::MS_NODEV,
            options: c"mode=1777",
        });
        Ok(())
    }

    fn empty_file(&mut self, path: CString) {
        let contents = Vec::new();
        self.operations.push(Operation::File { path, contents });
    }

    /// Makes a directory with its parents.
    fn directory(&mut self, path: &Path) -> Result<(), SandboxError> {
        let ancestors: Vec<&Path> = path.ancestors().filter(|path| path.parent().is_some()).collect();
        for ancestor in ancestors.into_iter().rev() {
            let path = inner(ancestor)?;
            if self.directories.insert(path.clone()) {
                // Settings are to be read only, even by who could write them.
                let mode = if path.as_bytes() == b"etc" { 0o555 } else { 0o755 };
                self.operations.push(Operation::Directory { path, mode });
            }
        }
        Ok(())
    }

    /// The form of a path that operations use; its parents are made.
    fn place(&mut self, path: &Path) -> Result<CString, SandboxError> {
        if let Some(parent) = path.parent() {
            self.directory(parent)?;
        }
        inner(path)
    }

    fn finish(&mut self, spec: &Spec) -> Result<(), SandboxError> {
        let text = |string: &OsStr| c_string("an argument", string);
        let assignment = |(name, value): (&std::ffi::OsString, &std::ffi::OsString)| {
            let mut both = name.clone();
            both.push("=");
            both.push(value);
            c_string("a variable", &both)
        };
        let arguments: Result<_, _> = spec.arguments.iter().map(|argument| text(argument)).collect();
        let environment: Result<_, _> = spec.environment.iter().map(assignment).collect();
        self.operations.extend([
            Operation::Enter,
            Operation::SealRoot,
            Operation::WorkingDirectory {
                path: c_string("a path", spec.directory.as_os_str())?,
            },
            Operation::Streams,
            Operation::Signals,
            Operation::Limits,
            Operation::Capabilities,
            Operation::Filter {
                program: filter::program(),
            },
            Operation::Execute {
                program: c_string("a path", spec.program.as_os_str())?,
                arguments: StringList::new(arguments?),
                environment: StringList::new(environment?),
            },
        ]);
        Ok(())
    }
}

/// A sandboxed path relative to the root; parts that lead elsewhere are left out.
fn inner(path: &Path) -> Result<CString, SandboxError> {
    let plain: std::path::PathBuf = path
        .components()
        .filter(|part| matches!(part, Component::Normal(_)))
        .collect();
    c_string("a path", plain.as_os_str())
}

fn c_string(what: &'static str, text: &OsStr) -> Result<CString, SandboxError> {
    CString::new(text.as_bytes()).map_err(|_| SandboxError::ZeroByte {
        what,
        text: text.to_string_lossy().into_owned(),
    })
}
