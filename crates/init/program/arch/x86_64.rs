//! x86-64: entry point, system calls and the memory functions that compiled code expects.
#![expect(unsafe_code, reason = "system calls and the entry point cannot be written otherwise")]

use core::arch::{asm, global_asm};

/// System call numbers.
pub mod number {
    pub const READ: usize = 0;
    pub const WRITE: usize = 1;
    pub const OPEN: usize = 2;
    pub const CLOSE: usize = 3;
    pub const IOCTL: usize = 16;
    pub const PREAD64: usize = 17;
    pub const NANOSLEEP: usize = 35;
    pub const EXECVE: usize = 59;
    pub const FSYNC: usize = 74;
    pub const CHDIR: usize = 80;
    pub const RENAME: usize = 82;
    pub const MKDIR: usize = 83;
    pub const UNLINK: usize = 87;
    pub const SYMLINK: usize = 88;
    pub const CHROOT: usize = 161;
    pub const SYNC: usize = 162;
    pub const MOUNT: usize = 165;
    pub const UMOUNT2: usize = 166;
    pub const REBOOT: usize = 169;
    pub const GETDENTS64: usize = 217;
    pub const FINIT_MODULE: usize = 313;
    pub const GETRANDOM: usize = 318;
}

// The kernel enters with the stack pointer aligned to 16 bytes; a call would have pushed a return address.
global_asm!(
    ".globl _start",
    "_start:",
    "xor ebp, ebp",
    "and rsp, -16",
    "call {start}",
    "ud2",
    start = sym crate::start,
);

/// Makes a system call with up to five arguments.
///
/// # Safety
/// Arguments that the call takes as pointers must be valid for what the call does with them.
pub unsafe fn call(number: usize, arguments: [usize; 5]) -> isize {
    let result: isize;
    let [first, second, third, fourth, fifth] = arguments;
    // SAFETY: the kernel keeps all registers but rax, rcx and r11; the caller answers for the pointers.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") first,
            in("rsi") second,
            in("rdx") third,
            in("r10") fourth,
            in("r8") fifth,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

// Compiled code calls these four by name; the C library that usually has them is not there. They are written
// with string instructions because a loop would be compiled into a call of itself.
global_asm!(
    ".globl memcpy",
    "memcpy:",
    "mov rax, rdi",
    "mov rcx, rdx",
    "rep movsb",
    "ret",
    ".globl memmove",
    "memmove:",
    "mov rax, rdi",
    "mov rcx, rdx",
    "mov r8, rdi",
    "sub r8, rsi",
    "cmp r8, rdx",
    "jb 2f",
    "rep movsb",
    "ret",
    "2:",
    "lea rdi, [rdi + rcx - 1]",
    "lea rsi, [rsi + rcx - 1]",
    "std",
    "rep movsb",
    "cld",
    "ret",
    ".globl memset",
    "memset:",
    "mov r8, rdi",
    "mov eax, esi",
    "mov rcx, rdx",
    "rep stosb",
    "mov rax, r8",
    "ret",
    ".globl memcmp",
    ".globl bcmp",
    "memcmp:",
    "bcmp:",
    "xor eax, eax",
    "mov rcx, rdx",
    "test rcx, rcx",
    "jz 3f",
    "repe cmpsb",
    "je 3f",
    "movzx eax, byte ptr [rdi - 1]",
    "movzx ecx, byte ptr [rsi - 1]",
    "sub eax, ecx",
    "3:",
    "ret",
);
