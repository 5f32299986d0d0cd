//! Runs a program in user, mount, pid, net, ipc, uts and cgroup namespaces of its own, with a system call filter.
//!
//! `Spec` says what the program sees; `plan` turns that into a list of operations with all memory allocated; the
//! child process carries them out with system calls alone, because it is a copy of a process that may have threads.
//! `folder` and `inputs` are for the code outside: they open what others' paths name without being led elsewhere.

mod availability;
mod child;
mod error;
mod filter;
pub mod folder;
pub mod inputs;
mod operation;
mod plan;
mod running;
mod spawn;
mod spec;
mod sysroot;
mod system;

pub use availability::{HostFacts, check};
pub use error::SandboxError;
pub use running::{Activity, Running};
pub use spawn::spawn;
pub use spec::{Access, Entry, Network, Spec};
