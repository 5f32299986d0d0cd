//! Runs the command under a kernel that refuses some system calls, which needs no privilege of the test: what a full
//! disk and a machine without namespaces look like from inside.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Compare,
    SeccompCondition as Condition, SeccompFilter, SeccompRule,
};

/// What the kernel refuses.
#[derive(Clone, Copy, Debug)]
pub enum Refusal {
    /// Data of files: writes of more than a page of a database, and copies from file to file.
    Space,
    /// User namespaces, as container runtimes refuse them.
    Namespaces,
}

/// Most bytes of a write that succeeds on a full disk. A database's pages and all that is said are smaller.
const SMALL_WRITE: u64 = 8192;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// What came out of `command` where the kernel refuses this.
pub fn output(command: &mut Command, refusal: Refusal) -> Output {
    let run = || {
        for filter in filters(refusal) {
            seccompiler::apply_filter(&filter).expect("a thread may confine itself");
        }
        command.output().expect("the command starts")
    };
    // A filter stays with its thread and what that starts.
    std::thread::scope(|scope| scope.spawn(run).join().expect("the command was run"))
}

fn filters(refusal: Refusal) -> Vec<BpfProgram> {
    match refusal {
        Refusal::Space => vec![filter(large_writes(), libc::ENOSPC)],
        Refusal::Namespaces => vec![
            filter(new_namespaces(), libc::EPERM),
            // Its flags lie in memory, where filters cannot look; C libraries then use the older call.
            filter(BTreeMap::from([(libc::SYS_clone3, Vec::new())]), libc::ENOSYS),
        ],
    }
}

fn large_writes() -> Rules {
    let large = |argument| rule(&[(argument, Length::Qword, Compare::Gt, SMALL_WRITE)]);
    BTreeMap::from([
        (libc::SYS_write, vec![large(2)]),
        (libc::SYS_pwrite64, vec![large(2)]),
        (libc::SYS_copy_file_range, Vec::new()),
    ])
}

fn new_namespaces() -> Rules {
    let flag = u64::from(libc::CLONE_NEWUSER.unsigned_abs());
    let user = || rule(&[(0, Length::Dword, Compare::MaskedEq(flag), flag)]);
    BTreeMap::from([(libc::SYS_unshare, vec![user()]), (libc::SYS_clone, vec![user()])])
}

fn rule(conditions: &[(u8, Length, Compare, u64)]) -> SeccompRule {
    let condition = |(argument, length, compare, value): &(u8, Length, Compare, u64)| {
        Condition::new(*argument, length.clone(), compare.clone(), *value)
            .expect("system calls have so many arguments")
    };
    SeccompRule::new(conditions.iter().map(condition).collect()).expect("there is a condition")
}

fn filter(rules: Rules, error: i32) -> BpfProgram {
    let refuse = SeccompAction::Errno(error.unsigned_abs());
    let architecture = std::env::consts::ARCH.try_into().expect("a known architecture");
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, architecture);
    filter
        .and_then(TryInto::try_into)
        .expect("the rules make a filter")
}
