//! The system call filter: what a build may not do although namespaces would let it.
//!
//! Files with setuid bits, access control lists or other extended attributes cannot be in a store, so making them
//! fails at once. Key rings and performance counters are not in any namespace. io_uring goes round filters.

use libc::{c_long, sock_filter};

/// Set-user-id and set-group-id.
const SET_ID_BITS: u32 = 0o6000;
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
    /// The argument that decides, and which bits of it; nothing refuses every call.
    bits: Option<(u32, u32)>,
    error: i32,
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
        match rule.bits {
            None => program.extend([jump(JUMP_IF_EQUAL, number, 0, 1), fail(rule.error)]),
            Some((argument, bits)) => program.extend([
                jump(JUMP_IF_EQUAL, number, 0, 4),
                load(OFFSET_OF_ARGUMENTS + 8 * argument),
                jump(JUMP_IF_ANY_BIT, bits, 0, 1),
                fail(rule.error),
                statement(RETURN, ALLOW),
            ]),
        }
    }
    program.push(statement(RETURN, ALLOW));
    program
}

fn rules() -> Vec<Rule> {
    let mode = |number, argument| Rule {
        number,
        bits: Some((argument, SET_ID_BITS)),
        error: libc::EPERM,
    };
    let never = |error| {
        move |number| Rule {
            number,
            bits: None,
            error,
        }
    };
    let mut rules = vec![
        mode(libc::SYS_fchmod, 1),
        mode(libc::SYS_fchmodat, 2),
        mode(libc::SYS_fchmodat2, 2),
    ];
    #[cfg(target_arch = "x86_64")]
    rules.push(mode(libc::SYS_chmod, 1));
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
    ];
    rules.extend(shared_state.map(never(libc::ENOSYS)));
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
        let table: [(&str, c_long, [u64; 6], u32); 9] = [
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
    fn numbers_of_the_x32_interface_do_not_exist() {
        let number = libc::SYS_chmod | c_long::from(FIRST_FOREIGN_NUMBER);
        assert_eq!(
            verdict(OUR_ARCHITECTURE, number, [0; 6]),
            FAIL | libc::ENOSYS as u32
        );
    }
}
