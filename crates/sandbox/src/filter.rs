//! The system call filter: what a build may not do although namespaces would let it.
//!
//! Files with setuid bits, access control lists or other extended attributes cannot be in a store, so making them
//! fails at once. Key rings and performance counters are not in any namespace, nor are most kinds of sockets: a
//! hypervisor's (AF_VSOCK), the kernel's ciphers, radio. io_uring goes round filters, and so would `openat2`, whose
//! modes lie in memory: programs take its absence for an old kernel.

use libc::{c_long, sock_filter};

/// Set-user-id and set-group-id.
const SET_ID_BITS: u32 = 0o6000;
/// With one of these `open` makes a file, and only then it looks at the mode: `O_CREAT`, and what `O_TMPFILE` has
/// beside `O_DIRECTORY`.
const MAKES_A_FILE: u32 = (libc::O_CREAT | (libc::O_TMPFILE & !libc::O_DIRECTORY)) as u32;
/// Sockets of the build's own network and of its own files.
const ADDRESS_FAMILIES: [libc::c_int; 4] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];
/// Numbers of the x32 interface, which would go round a filter by number.
#[cfg(target_arch = "x86_64")]
const FIRST_FOREIGN_NUMBER: u32 = 0x4000_0000;

#[cfg(target_arch = "x86_64")]
const OUR_ARCHITECTURE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const OUR_ARCHITECTURE: u32 = 0xC000_00B7;

/// Too young for the list of the `libc` crate.
const SYS_SETXATTRAT: c_long = 463;

const OFFSET_OF_NUMBER: u32 = 0;
const OFFSET_OF_ARCHITECTURE: u32 = 4;
const OFFSET_OF_ARGUMENTS: u32 = 16;

const LOAD: u16 = 0x20;
const JUMP_IF_EQUAL: u16 = 0x15;
#[cfg(target_arch = "x86_64")]
const JUMP_IF_AT_LEAST: u16 = 0x35;
const JUMP_IF_ANY_BIT: u16 = 0x45;
const RETURN: u16 = 0x06;

const ALLOW: u32 = 0x7fff_0000;
const FAIL: u32 = 0x0005_0000;

/// One system call that is refused.
struct Rule {
    number: c_long,
    when: When,
    error: i32,
}

/// Which of its calls.
enum When {
    Always,
    /// Those that have a bit in each of these arguments.
    Bits(Vec<(u32, u32)>),
    /// Those whose first argument is none of these.
    FirstIsNot(&'static [libc::c_int]),
}

/// The filter as the kernel wants it.
pub(crate) fn program() -> Vec<sock_filter> {
    let mut program = vec![
        load(OFFSET_OF_ARCHITECTURE),
        jump(JUMP_IF_EQUAL, OUR_ARCHITECTURE, 1, 0),
        fail(libc::ENOSYS),
        load(OFFSET_OF_NUMBER),
    ];
    #[cfg(target_arch = "x86_64")]
    program.extend([
        jump(JUMP_IF_AT_LEAST, FIRST_FOREIGN_NUMBER, 0, 1),
        fail(libc::ENOSYS),
    ]);
    for rule in rules() {
        let number = u32::try_from(rule.number).expect("system call numbers are small");
        let verdict = rule.verdict();
        let length = u8::try_from(verdict.len()).expect("a rule is short");
        program.push(jump(JUMP_IF_EQUAL, number, 0, length));
        program.extend(verdict);
    }
    program.push(statement(RETURN, ALLOW));
    program
}

impl Rule {
    /// What decides about its call.
    fn verdict(&self) -> Vec<sock_filter> {
        let mut verdict = Vec::new();
        match &self.when {
            When::Always => {}
            When::Bits(tests) => {
                for (argument, bits) in tests {
                    verdict.push(load(OFFSET_OF_ARGUMENTS + 8 * argument));
                    verdict.push(jump(JUMP_IF_ANY_BIT, *bits, 1, 0));
                    verdict.push(statement(RETURN, ALLOW));
                }
            }
            When::FirstIsNot(values) => {
                verdict.push(load(OFFSET_OF_ARGUMENTS));
                for value in *values {
                    let value = u32::try_from(*value).expect("address families are positive");
                    verdict.push(jump(JUMP_IF_EQUAL, value, 0, 1));
                    verdict.push(statement(RETURN, ALLOW));
                }
            }
        }
        verdict.push(fail(self.error));
        verdict
    }
}

fn rules() -> Vec<Rule> {
    let mut rules = file_modes();
    let never = |error| {
        move |number| Rule {
            number,
            when: When::Always,
            error,
        }
    };
    let attributes = [
        libc::SYS_setxattr,
        libc::SYS_lsetxattr,
        libc::SYS_fsetxattr,
        SYS_SETXATTRAT,
    ];
    rules.extend(attributes.map(never(libc::EOPNOTSUPP)));
    let shared_state = [
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_keyctl,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_io_uring_setup,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
        libc::SYS_openat2,
    ];
    rules.extend(shared_state.map(never(libc::ENOSYS)));
    let sockets = [libc::SYS_socket, libc::SYS_socketpair];
    rules.extend(sockets.map(|number| Rule {
        number,
        when: When::FirstIsNot(&ADDRESS_FAMILIES),
        error: libc::EAFNOSUPPORT,
    }));
    rules
}

/// Every call that gives a file a mode.
fn file_modes() -> Vec<Rule> {
    let rule = |number, tests: &[(u32, u32)]| Rule {
        number,
        when: When::Bits(tests.to_vec()),
        error: libc::EPERM,
    };
    let mode = |number, argument| rule(number, &[(argument, SET_ID_BITS)]);
    let open = |number, flags| rule(number, &[(flags, MAKES_A_FILE), (flags + 1, SET_ID_BITS)]);
    let mut rules = vec![
        mode(libc::SYS_fchmod, 1),
        mode(libc::SYS_fchmodat, 2),
        mode(libc::SYS_fchmodat2, 2),
        mode(libc::SYS_mknodat, 2),
        mode(libc::SYS_mkdirat, 2),
        open(libc::SYS_openat, 2),
    ];
    #[cfg(target_arch = "x86_64")]
    rules.extend([
        mode(libc::SYS_chmod, 1),
        mode(libc::SYS_creat, 1),
        mode(libc::SYS_mknod, 1),
        mode(libc::SYS_mkdir, 1),
        open(libc::SYS_open, 1),
    ]);
    rules
}

fn load(offset: u32) -> sock_filter {
    statement(LOAD, offset)
}

fn fail(error: i32) -> sock_filter {
    statement(
        RETURN,
        FAIL | u32::try_from(error).expect("error numbers are positive"),
    )
}

fn statement(code: u16, k: u32) -> sock_filter {
    sock_filter {
        code,
        jt: 0,
        jf: 0,
        k,
    }
}

fn jump(code: u16, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the filter says to a call, computed as the kernel does.
    fn verdict(architecture: u32, number: c_long, arguments: [u64; 6]) -> u32 {
        let field = |offset: u32| match offset {
            OFFSET_OF_NUMBER => number as u32,
            OFFSET_OF_ARCHITECTURE => architecture,
            _ => arguments[((offset - OFFSET_OF_ARGUMENTS) / 8) as usize] as u32,
        };
        let program = program();
        let (mut accumulator, mut position) = (0, 0);
        loop {
            let step = &program[position];
            position += 1;
            let holds = match step.code {
                LOAD => {
                    accumulator = field(step.k);
                    continue;
                }
                RETURN => return step.k,
                JUMP_IF_EQUAL => accumulator == step.k,
                JUMP_IF_ANY_BIT => accumulator & step.k != 0,
                _ => accumulator >= step.k,
            };
            position += usize::from(if holds { step.jt } else { step.jf });
        }
    }

    #[test]
    fn refuses_what_a_store_cannot_hold_and_what_is_not_in_a_namespace() {
        let failing = |error: i32| FAIL | error as u32;
        let (making, opening) = (libc::O_CREAT as u64, libc::O_RDONLY as u64);
        let unnamed = libc::O_TMPFILE as u64;
        let no_family = failing(libc::EAFNOSUPPORT);
        let denied = failing(libc::EPERM);
        let table: Vec<(&str, c_long, [u64; 6], u32)> = vec![
            ("read", libc::SYS_read, [0; 6], ALLOW),
            ("fchmod 755", libc::SYS_fchmod, [3, 0o755, 0, 0, 0, 0], ALLOW),
            (
                "fchmod 4755",
                libc::SYS_fchmod,
                [3, 0o4755, 0, 0, 0, 0],
                failing(libc::EPERM),
            ),
            (
                "fchmod 2755",
                libc::SYS_fchmod,
                [3, 0o2755, 0, 0, 0, 0],
                failing(libc::EPERM),
            ),
            (
                "fchmodat 4755",
                libc::SYS_fchmodat,
                [3, 0, 0o4755, 0, 0, 0],
                failing(libc::EPERM),
            ),
            (
                "fchmodat2 1777",
                libc::SYS_fchmodat2,
                [3, 0, 0o1777, 0, 0, 0],
                ALLOW,
            ),
            ("openat 644", libc::SYS_openat, [3, 0, making, 0o644, 0, 0], ALLOW),
            (
                "openat 4755",
                libc::SYS_openat,
                [3, 0, making, 0o4755, 0, 0],
                denied,
            ),
            (
                "openat unnamed 2755",
                libc::SYS_openat,
                [3, 0, unnamed, 0o2755, 0, 0],
                denied,
            ),
            (
                "openat that makes nothing ignores the mode",
                libc::SYS_openat,
                [3, 0, opening, 0o6755, 0, 0],
                ALLOW,
            ),
            (
                "openat of a directory ignores the mode",
                libc::SYS_openat,
                [3, 0, libc::O_DIRECTORY as u64, 0o6755, 0, 0],
                ALLOW,
            ),
            (
                "mknodat 6644",
                libc::SYS_mknodat,
                [3, 0, 0o106_644, 0, 0, 0],
                denied,
            ),
            (
                "mknodat 644",
                libc::SYS_mknodat,
                [3, 0, 0o100_644, 0, 0, 0],
                ALLOW,
            ),
            ("mkdirat 2755", libc::SYS_mkdirat, [3, 0, 0o2755, 0, 0, 0], denied),
            ("openat2", libc::SYS_openat2, [0; 6], failing(libc::ENOSYS)),
            ("socket AF_UNIX", libc::SYS_socket, [1, 1, 0, 0, 0, 0], ALLOW),
            ("socket AF_INET6", libc::SYS_socket, [10, 1, 0, 0, 0, 0], ALLOW),
            (
                "socket AF_VSOCK",
                libc::SYS_socket,
                [40, 1, 0, 0, 0, 0],
                no_family,
            ),
            ("socket AF_ALG", libc::SYS_socket, [38, 5, 0, 0, 0, 0], no_family),
            (
                "socket AF_UNSPEC",
                libc::SYS_socket,
                [0, 1, 0, 0, 0, 0],
                no_family,
            ),
            (
                "socketpair AF_VSOCK",
                libc::SYS_socketpair,
                [40, 1, 0, 0, 0, 0],
                no_family,
            ),
            ("setxattr", libc::SYS_setxattr, [0; 6], failing(libc::EOPNOTSUPP)),
            ("keyctl", libc::SYS_keyctl, [0; 6], failing(libc::ENOSYS)),
            (
                "io_uring_setup",
                libc::SYS_io_uring_setup,
                [0; 6],
                failing(libc::ENOSYS),
            ),
        ];
        for (name, number, arguments, expected) in table {
            assert_eq!(verdict(OUR_ARCHITECTURE, number, arguments), expected, "{name}");
            assert_eq!(
                verdict(OUR_ARCHITECTURE ^ 1, number, arguments),
                failing(libc::ENOSYS),
                "{name}"
            );
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn the_older_calls_that_give_a_mode_are_refused_too() {
        let making = libc::O_CREAT as u64;
        for (name, number, arguments) in [
            ("chmod", libc::SYS_chmod, [0, 0o4755, 0, 0, 0, 0]),
            ("creat", libc::SYS_creat, [0, 0o4755, 0, 0, 0, 0]),
            ("mknod", libc::SYS_mknod, [0, 0o104_755, 0, 0, 0, 0]),
            ("mkdir", libc::SYS_mkdir, [0, 0o2755, 0, 0, 0, 0]),
            ("open", libc::SYS_open, [0, making, 0o4755, 0, 0, 0]),
        ] {
            let expected = FAIL | libc::EPERM as u32;
            assert_eq!(verdict(OUR_ARCHITECTURE, number, arguments), expected, "{name}");
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn numbers_of_the_x32_interface_do_not_exist() {
        let number = libc::SYS_chmod | c_long::from(FIRST_FOREIGN_NUMBER);
        assert_eq!(
            verdict(OUR_ARCHITECTURE, number, [0; 6]),
            FAIL | libc::ENOSYS as u32
        );
    }
}
