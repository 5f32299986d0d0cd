//! The stock `nix` program builds the same derivations to the same bytes, and reads our logs. Where it is not installed
//! this says so and passes; `HARDPAN_TEST_NIX` names the directory of another one.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use crate::programs::{SHELL, workshop};
use crate::workshop::{Recipe, Workshop};

fn nix_store(workshop: &Workshop, arguments: &[&str]) -> std::io::Result<std::process::Output> {
    let programs = std::env::var_os("HARDPAN_TEST_NIX").map(PathBuf::from);
    let program = programs.map_or_else(|| "nix-store".into(), |programs| programs.join("nix-store"));
    let configuration = "build-users-group =\nsandbox = true\nsubstituters =\n\
                         sandbox-paths = /usr /bin=/usr/bin /lib=/usr/lib /lib64=/usr/lib64\n\
                         system = x86_64-linux\ncores = 2";
    Command::new(program)
        .env("HOME", workshop.directory.path())
        .env("NIX_CONFIG", configuration)
        .arg("--store")
        .arg(workshop.store.root())
        .args(arguments)
        .output()
}

#[test]
fn nix_makes_the_same_of_a_derivation_and_reads_our_log() {
    let workshop = workshop();
    if nix_store(&workshop, &["--version"]).is_err() {
        eprintln!("skipped: there is no nix program here");
        return;
    }
    let source = workshop
        .store
        .add_text("source", b"text", &BTreeSet::new())
        .unwrap();
    let script = "echo says; mkdir -p $out/bin $dev; cp $src $out/bin/x; chmod 755 $out/bin/x; ln -s $out $dev/link; \
                  env | grep -v '^_=\\|^SHLVL\\|^dev=' | sort > $out/variables; cat $longPath >> $out/variables; \
                  id -u > $out/who; umask >> $out/who; uname -n >> $out/who; cat /etc/hosts >> $out/who";
    let derivation = workshop.derive(&Recipe {
        arguments: &["-c", script],
        environment: &[
            ("PATH", "/usr/bin"),
            ("src", &source.to_string()),
            ("passAsFile", "long"),
            ("long", "value"),
        ],
        sources: &[&source],
        outputs: &["dev", "out"],
        ..SHELL
    });
    let outputs = workshop.realise(&[&derivation]).unwrap();
    let log = nix_store(&workshop, &["--read-log", &derivation.to_string()]).unwrap();
    assert_eq!(String::from_utf8_lossy(&log.stdout), "says\n");
    let hash = |path| workshop.store.require_info(path).unwrap().nar_hash;
    let ours: Vec<_> = outputs.iter().map(hash).collect();
    let again = nix_store(
        &workshop,
        &["--realise", "--check", "--keep-failed", &derivation.to_string()],
    )
    .unwrap();
    let message = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(again.status.success(), "{message}");
    assert_eq!(outputs.iter().map(hash).collect::<Vec<_>>(), ours);
}
