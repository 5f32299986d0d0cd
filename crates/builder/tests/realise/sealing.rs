//! An output stays what was hashed, whoever was handed a descriptor of it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use nix_formats::{Hash, Method, StorePath};

use crate::programs::{SHELL, workshop};
use crate::workshop::{Recipe, Workshop};

const CONTENT: &str = "what was hashed";

/// Structures of `sendmsg` and `recvmsg` with room for one descriptor, for Perl, which every Debian has.
const MESSAGE: &str = r#"use Socket;
sub at { unpack("Q", pack("P", $_[0])) }
our ($byte, $control) = ("x", pack("QiiiI", 20, 1, 1, $fd // 0, 0));
our $vector = pack("QQ", at($byte), 1);
our $message = pack("QIIQQQQiI", 0, 0, 0, at($vector), 1, at($control), length($control), 0, 0);
"#;

/// Somebody outside of the sandbox who takes a descriptor and writes to it when told.
struct Accomplice {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Accomplice {
    /// Listens at `address`, an expression of Perl.
    fn listening_at(address: &str) -> Self {
        let script = format!(
            r#"$| = 1; {MESSAGE}
            socket(L, AF_UNIX, SOCK_STREAM, 0); bind(L, pack_sockaddr_un({address})) or die "bind: $!"; listen(L, 8);
            print "listening\n";
            accept(C, L); syscall(47, fileno(C), $message, 0);
            my $got = (unpack("QiiiI", $control))[3];
            <STDIN>;
            my $text = "CHANGED AFTERWARDS";
            print syscall(18, $got, $text, length($text), 0), "\n"; "#
        );
        let mut process = Command::new("perl")
            .args(["-e", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = process.stdin.take().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        let mut accomplice = Self {
            process,
            orders,
            answers,
        };
        assert_eq!(accomplice.answer(), "listening\n");
        accomplice
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line
    }

    /// How many bytes the descriptor took.
    fn write(&mut self) -> String {
        self.orders.write_all(b"write\n").unwrap();
        self.answer()
    }
}

impl Drop for Accomplice {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A builder that writes the right content and hands a descriptor that can write it to whoever listens at `address`.
fn traitor(address: &str) -> String {
    format!(
        r#"use Fcntl; sysopen(O, $ENV{{out}}, O_RDWR|O_CREAT) or die; syswrite(O, "{CONTENT}");
        our $fd = fileno(O); {MESSAGE}
        socket(S, AF_UNIX, SOCK_STREAM, 0);
        if (connect(S, pack_sockaddr_un({address}))) {{ syscall(46, fileno(S), $message, 0); print "handed over\n" }}
        else {{ print "refused: $!\n" }}"#
    )
}

fn build(workshop: &Workshop, script: &str, fixed: bool) -> StorePath {
    let derivation = workshop.derive(&Recipe {
        builder: "/usr/bin/perl",
        arguments: &["-e", script],
        fixed: fixed.then(|| (Method::Flat, Hash::sha256(CONTENT.as_bytes()))),
        ..SHELL
    });
    workshop.realise(&[&derivation]).unwrap();
    derivation
}

#[test]
fn who_was_handed_a_descriptor_of_an_output_cannot_change_it() {
    for fixed in [true, false] {
        let mut workshop = workshop();
        let shared = workshop.directory.path().join("shared");
        fs::create_dir(&shared).unwrap();
        workshop
            .settings
            .sandbox_paths
            .insert("/shared".into(), shared.clone());
        let socket = format!("\"{}\"", shared.join("socket").display());
        let mut accomplice = Accomplice::listening_at(&socket);
        let derivation = build(&workshop, &traitor("\"/shared/socket\""), fixed);
        assert!(
            workshop.log(&derivation).contains("handed over"),
            "the attempt was made"
        );
        assert_eq!(accomplice.write(), "18\n", "the descriptor is one that can write");
        assert_eq!(workshop.read(&derivation), CONTENT, "fixed: {fixed}");
        workshop.assert_sound();
    }
}

#[test]
fn fixed_outputs_do_not_meet_others_at_abstract_sockets() {
    let workshop = workshop();
    let address = format!("\"\\0hardpan-sealing-{}\"", std::process::id());
    let mut accomplice = Accomplice::listening_at(&address);
    let derivation = build(&workshop, &traitor(&address), true);
    match workshop.log(&derivation) {
        log if log.contains("refused: Operation not permitted") => {}
        // Kernels before 6.12 cannot keep them apart; what was handed over is of no use then.
        log => {
            assert!(log.contains("handed over"), "{log}");
            accomplice.write();
        }
    }
    assert_eq!(workshop.read(&derivation), CONTENT);
}

#[test]
fn what_a_builder_leaves_running_is_gone_before_its_output_is_hashed() {
    let workshop = workshop();
    for fixed in [true, false] {
        let script = format!(
            r#"open(O, ">", $ENV{{out}}); print O "{CONTENT}"; close O; pipe(R, W);
            unless (fork) {{ setpgrp; $SIG{{HUP}} = "IGNORE"; unless (fork) {{
                open(O, "+<", $ENV{{out}}); close R; syswrite(W, "x");
                for (;;) {{ seek(O, 0, 0); syswrite(O, "CHANGED AFTERWARDS"); seek(O, 0, 0);
                    syswrite(O, "{CONTENT}"); truncate(O, {length}) }} }} exit }}
            sysread(R, my $ready, 1) if {waits};"#,
            length = CONTENT.len(),
            waits = u8::from(!fixed),
        );
        let derivation = workshop.derive(&Recipe {
            builder: "/usr/bin/perl",
            arguments: &["-e", &script],
            fixed: fixed.then(|| (Method::Flat, Hash::sha256(CONTENT.as_bytes()))),
            ..SHELL
        });
        // A fixed output that was changed before its builder ended is refused, and that is right too.
        if workshop.realise(&[&derivation]).is_ok() {
            workshop.assert_sound();
        } else {
            assert!(fixed);
        }
    }
}

#[test]
fn a_fixed_output_lies_in_files_that_its_builder_never_had() {
    let workshop = workshop();
    let script = format!(r#"open(O, ">", $ENV{{out}}); print O "{CONTENT}"; print +(stat(O))[1], "\n""#);
    let derivation = build(&workshop, &script, true);
    let made: u64 = workshop.log(&derivation).trim().parse().unwrap();
    let kept = workshop.store.physical(&workshop.output(&derivation));
    assert_ne!(fs::metadata(kept).unwrap().ino(), made);
}
