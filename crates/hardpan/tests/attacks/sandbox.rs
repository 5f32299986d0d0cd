//! A build: what it can reach, hand over and leave behind.
//!
//! What is tried with descriptors handed out of a build is in `crates/builder/tests/realise/sealing.rs`, what is
//! tried with single system calls in `crates/sandbox/tests/sandbox.rs`.

use crate::own::Own;

/// What comes of an attempt.
enum Outcome {
    /// The build fails, and says this.
    Fails(&'static str),
    /// The output is a file with this content.
    Makes(&'static str),
}
use Outcome::{Fails, Makes};

/// Programs that builds of these tests use: this machine's, to be looked at only.
const SHELL: &str = r#"
    run = name: script: derivation {
      inherit name; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" script ]; PATH = "/usr/bin:/bin";
      input = builtins.toFile "input" "of the input";
    };
"#;

fn attempt(promise: &str, script: &str, outcome: Outcome) {
    let own = Own::new(&format!(
        "{{ outputs = {{ self }}: let {SHELL} in {{ it = run \"it\" ''{script}''; }}; }}"
    ));
    let output = own.build("it");
    match outcome {
        Fails(reason) => {
            assert!(!output.status.success(), "{promise}: it was built");
            assert!(
                own.said(&output).contains(reason),
                "{promise}: {}",
                own.said(&output)
            );
        }
        Makes(content) => {
            assert!(output.status.success(), "{promise}: {}", own.said(&output));
            assert_eq!(own.content(&output), content, "{promise}");
        }
    }
    own.is_clean(promise);
}

#[test]
fn a_build_cannot_change_what_it_is_given() {
    let table = [
        (
            "an input is not written",
            "echo x > $input",
            Fails("Read-only file system"),
        ),
        (
            "an input gets no other mode",
            "chmod 777 $input",
            Fails("Read-only file system"),
        ),
        (
            "an input is not removed",
            "rm -f $input",
            Fails("Device or resource busy"),
        ),
        ("an input is not renamed", "mv $input $out", Fails("cannot ")),
        (
            "an input's file is not linked into an output",
            "ln $input $out",
            Fails("cross-device link"),
        ),
        (
            "this machine's programs are not written",
            "echo x > /usr/bin/x",
            Fails("Read-only file system"),
        ),
        (
            "the root is not written",
            "mkdir /x",
            Fails("Read-only file system"),
        ),
        (
            "the machine's settings are not written",
            "echo x > /etc/passwd",
            Fails("Read-only file system"),
        ),
        (
            "the kernel's settings are not written",
            "echo 1 > /proc/sys/kernel/pid_max",
            Fails("cannot create"),
        ),
    ];
    for (promise, script, outcome) in table {
        attempt(promise, script, outcome);
    }
}

#[test]
fn a_build_cannot_reach_what_it_is_not_given() {
    let table = [
        (
            "only inputs are in the store",
            "ls /nix/store | grep -vc -- \"-it$\" > $out",
            Makes("1\n"),
        ),
        (
            "homes are not there",
            "ls /root /home 2>/dev/null | wc -l > $out",
            Makes("0\n"),
        ),
        (
            "the store's database is not there",
            "ls /nix > $out",
            Makes("store\n"),
        ),
        (
            "no other process is seen",
            "set -- /proc/[0-9]*; test $# -le 2 && echo few > $out",
            Makes("few\n"),
        ),
        (
            "the first process is the build's own",
            "readlink /proc/1/root > $out",
            Makes("/\n"),
        ),
        (
            "the kernel's devices are not there",
            "ls /sys 2>/dev/null | wc -l > $out",
            Makes("0\n"),
        ),
        (
            "there are no disks",
            "ls /dev | grep -c \"sd\\|vd\\|nvme\\|mem$\" > $out || true",
            Makes("0\n"),
        ),
        (
            "the only network is its own",
            "grep -c : /proc/net/dev > $out",
            Makes("1\n"),
        ),
        (
            "a folder of its own mounts shows nothing of this machine",
            "unshare -rm sh -c \"mount --bind / /tmp; ls /tmp/root\" >/dev/null 2>&1 && exit 1; echo > $out",
            Makes("\n"),
        ),
        (
            "signals reach nobody else",
            "kill -9 -1; echo > $out",
            Makes("\n"),
        ),
    ];
    for (promise, script, outcome) in table {
        attempt(promise, script, outcome);
    }
}

#[test]
fn an_output_holds_what_a_store_can_hold() {
    let socket =
        "perl -MSocket -e \"socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, pack_sockaddr_un(\\$ENV{out}))\"";
    let table = [
        ("a pipe is no output", "mkfifo $out", Fails("pipe")),
        (
            "a pipe is not in an output",
            "mkdir $out; mkfifo $out/deep",
            Fails("pipe"),
        ),
        ("a socket is no output", socket, Fails("socket")),
        (
            "a device is no output",
            "mknod $out c 1 5",
            Fails("Operation not permitted"),
        ),
        (
            "no setuid bit is set",
            "cp /bin/sh $out; chmod u+s $out",
            Fails("Operation not permitted"),
        ),
        (
            "no file is born with one",
            "install -m 2755 /bin/sh $out",
            Fails("Operation not permitted"),
        ),
        (
            "no capability is set",
            "cp /bin/sh $out; perl -e \"my (\\$n, \\$v) = (q(security.capability), q(x)); \
             exit(syscall(188, \\$ENV{out}, \\$n, \\$v, 1, 0) != 0)\"",
            Fails("exit code 1"),
        ),
        (
            "the output of another derivation is not made",
            "echo > /nix/store/other; ",
            Fails("failed to produce output"),
        ),
    ];
    for (promise, script, outcome) in table {
        attempt(promise, script, outcome);
    }
}

/// Makes so many folders in one another, each with a long name.
const DEEP: &str =
    "perl -e \"my \\$n = q(d) x 200; for (1..DEPTH) { mkdir \\$n or die; chdir \\$n or die }\"";

#[test]
fn what_is_deeper_than_a_path_is_removed_with_its_build() {
    let deep = DEEP.replace("DEPTH", "100");
    attempt(
        "a build folder of any depth goes away",
        &format!("{deep}; echo done > $out"),
        Makes("done\n"),
    );
    let failing = format!("{deep}; exit 1");
    attempt("also where the build fails", &failing, Fails("exit code 1"));
    let output = format!("mkdir $out; cd $out; {deep}");
    attempt(
        "an output of that depth is refused",
        &output,
        Fails("ile name too long"),
    );
}

#[test]
fn names_and_links_in_an_output_are_only_names_and_links() {
    let own = Own::new(&format!(
        "{{ outputs = {{ self }}: let {SHELL} in {{ it = run \"it\" ''mkdir $out; ln -s TOP/home $out/home; ln -s / \
         $out/root; ln -s ../../../../.. $out/up; printf x > \"$out/$(printf \"a\\nb\")\"; printf x > \"$out/..x\"''; \
         }}; }}"
    ));
    let output = own.build("it");
    assert!(output.status.success(), "{}", own.said(&output));
    let path = own.logical(&output);
    for inside in ["home/.ssh/id", "root/etc/passwd", "up/etc/passwd"] {
        let cat = own.hardpan(&["store", "cat", &format!("{path}/{inside}")]);
        assert!(!cat.status.success(), "{inside}: {}", own.said(&cat));
        let ls = own.hardpan(&["store", "ls", &format!("{path}/{inside}")]);
        assert!(!ls.status.success(), "{inside}: {}", own.said(&ls));
    }
    own.is_clean("links of an output are not followed");
}
