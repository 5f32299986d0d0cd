//! Programs in sandboxes. The system they see is this machine's `/usr`, but for the test of system roots.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use builder::{BuildError, Event};
use nix_formats::{Hash, Method, StorePath};
use store::keep_all;

use crate::workshop::{Recipe, Workshop, chain};

pub fn workshop() -> Workshop {
    let mut workshop = Workshop::new();
    let shown = ["/usr", "/bin", "/lib", "/lib64"].map(|path| (PathBuf::from(path), PathBuf::from(path)));
    workshop.settings.sandbox_paths = BTreeMap::from(shown);
    workshop
}

pub const SHELL: Recipe<'static> = Recipe {
    name: "x",
    builder: "/bin/bash",
    system: "x86_64-linux",
    arguments: &[],
    environment: &[],
    inputs: &[],
    sources: &[],
    outputs: &["out"],
    fixed: None,
};

#[track_caller]
fn check(environment: &[(&str, &str)], script: &str, expected: &str) {
    let workshop = workshop();
    let mut all = vec![("PATH", "/usr/bin")];
    all.extend(environment);
    let derivation = workshop.derive(&Recipe {
        arguments: &["-c", script],
        environment: &all,
        ..SHELL
    });
    assert_eq!(workshop.read(&derivation), expected, "{script}");
}

fn fails(workshop: &Workshop, script: &str) -> (BuildError, StorePath) {
    let derivation = workshop.derive(&Recipe {
        arguments: &["-c", script],
        environment: &[("PATH", "/usr/bin")],
        ..SHELL
    });
    (workshop.realise(&[&derivation]).unwrap_err(), derivation)
}

#[test]
fn a_builder_finds_the_variables_that_nix_gives_it() {
    let expected = "HOME=/elsewhere\nNIX_BUILD_CORES=2\nNIX_BUILD_TOP=/build\nNIX_LOG_FD=2\nNIX_STORE=/nix/store\n\
                    PATH=/usr/bin\nPWD=/build\nTEMP=/build\nTEMPDIR=/build\nTERM=xterm-256color\nTMP=/build\n\
                    TMPDIR=/build\nempty=\nname=x\n";
    check(
        &[
            ("HOME", "/elsewhere"),
            ("TMP", "/not/obeyed"),
            ("empty", ""),
            ("name", "x"),
        ],
        "pwd > here; env | grep -v '^out=\\|^SHLVL=\\|^_=' | sort > $out",
        expected,
    );
    check(
        &[],
        "echo $HOME $0 $(pwd) $(umask) > $out",
        "/homeless-shelter bash /build 0022\n",
    );
}

#[test]
fn large_values_can_be_passed_as_files() {
    let long = "x".repeat(300_000);
    check(
        &[("passAsFile", "long"), ("long", &long), ("short", "y")],
        "echo ${long-unset} $short $(wc -c < $longPath) > $out",
        "unset y 300000\n",
    );
}

#[test]
fn structured_attributes_come_as_json_and_for_bash() {
    let json =
        r#"{"builder":"x","name":"x","list":["a b","c"],"table":{"k":"v"},"flag":true,"outputs":["out"]}"#;
    check(
        &[("__json", json)],
        "PATH=/usr/bin; . $NIX_ATTRS_SH_FILE; \
         printf '%s\\n' \"${list[0]}\" ${#list[@]} ${table[k]} $flag ${outputs[out]##*-} \"${json-unset}\" \
         $(grep -c '\"table\":{\"k\":\"v\"}' $NIX_ATTRS_JSON_FILE) > ${outputs[out]}",
        "a b\n2\nv\n1\nx\nunset\n1\n",
    );
}

#[test]
fn a_builder_sees_its_inputs_with_what_they_need_and_nothing_else() {
    let workshop = workshop();
    let far = workshop.test("far", &[("text", "far")], &[]);
    let near = workshop.test("near", &[("text", &workshop.output(&far).to_string())], &[&far]);
    let hidden = workshop.test("hidden", &[], &[]);
    workshop.realise(&[&near, &hidden]).unwrap();
    let source = workshop
        .store
        .add_text("source", b"text", &BTreeSet::new())
        .unwrap();
    let script = "ls -1 /nix/store | cut -c34- | sort > list; cat list $(cat $near) $source > $out; \
                  chmod u+w $source 2>> $out; rm -rf $near 2>> $out; mkdir $dev; ln -s $out $dev/link";
    let derivation = workshop.derive(&Recipe {
        arguments: &["-c", script],
        environment: &[
            ("PATH", "/usr/bin"),
            ("near", &workshop.output(&near).to_string()),
            ("source", &source.to_string()),
        ],
        inputs: &[&near],
        sources: &[&source],
        outputs: &["dev", "out"],
        ..SHELL
    });
    workshop.realise(&[&derivation]).unwrap();
    let (out, dev) = (
        workshop.output(&derivation),
        workshop.named_output(&derivation, "dev"),
    );
    let text = fs::read_to_string(workshop.store.physical(&out)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..3], ["far", "near", "source"]);
    assert!(lines[3].starts_with("fartextchmod: "), "{text}");
    assert!(text.contains("Read-only file system"), "{text}");
    assert_eq!(workshop.store.references(&dev).unwrap(), BTreeSet::from([out]));
    assert!(workshop.store.verify(&mut |_, _, _| {}).unwrap().is_empty());
}

#[test]
fn an_output_may_refer_to_itself_and_be_executable() {
    let workshop = workshop();
    let derivation = workshop.derive(&Recipe {
        arguments: &["-c", "echo $out > $out; chmod 700 $out"],
        environment: &[("PATH", "/usr/bin")],
        ..SHELL
    });
    let out = workshop.realise(&[&derivation]).unwrap().remove(0);
    assert_eq!(
        workshop.store.references(&out).unwrap(),
        BTreeSet::from([out.clone()])
    );
    let mode = fs::metadata(workshop.store.physical(&out))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o555);
    workshop.check(&derivation).unwrap();
}

#[test]
fn what_a_builder_says_is_told_line_by_line_and_kept() {
    let workshop = workshop();
    let script = "echo one; printf '10%%\\r100%%\\n' >&2; printf '@nix {\"action\":\"setPhase\",\"phase\":\"p\"}\\n'; \
                  printf end; exit 7";
    let (error, derivation) = fails(&workshop, script);
    assert_eq!(
        chain(&error).replace(&derivation.to_string(), "DRV"),
        "builder of 'DRV' failed; last 3 log lines:\n       > one\n       > 100%\n       > end: it failed with exit code 7"
    );
    assert_eq!(
        builder::read_log(&workshop.store, &derivation).unwrap().unwrap(),
        b"one\n100%\nend\n"
    );
    let phase = Event::Phase {
        derivation,
        phase: "p".to_owned(),
    };
    assert!(workshop.events.lock().unwrap().contains(&phase));
    workshop.nothing_is_left();
}

#[test]
fn the_directory_of_a_failed_build_is_kept_where_asked_for() {
    let mut workshop = workshop();
    workshop.settings.keep_failed = true;
    let (error, _) = fails(&workshop, "echo half > partial; echo x > $out; false");
    let BuildError::Failed {
        kept: Some(kept),
        failure,
        ..
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!(failure.to_string(), "it failed with exit code 1");
    assert_eq!(fs::read_to_string(kept.join("partial")).unwrap(), "half\n");
    workshop.nothing_is_left();
}

#[test]
fn a_builder_that_takes_too_long_or_is_silent_is_stopped() {
    let limit = Some(Duration::from_millis(300));
    let mut silent = workshop();
    silent.settings.silence_timeout = limit;
    let mut busy = workshop();
    busy.settings.timeout = limit;
    for (workshop, script, expected) in [
        (silent, "sleep 60", "silence"),
        (busy, "while true; do echo x; sleep 0.05; done", "work"),
    ] {
        let (error, _) = fails(&workshop, script);
        assert!(
            matches!(error, BuildError::TimedOut { what, .. } if what == expected),
            "{error}"
        );
        assert_eq!(error.class().exit_code(), 101);
        workshop.nothing_is_left();
    }
}

#[test]
fn a_builder_that_says_too_much_is_stopped() {
    let mut workshop = workshop();
    workshop.settings.log_limit_bytes = Some(10_000);
    let (error, _) = fails(&workshop, "while true; do echo much; done");
    assert_eq!(error.class().exit_code(), 100);
    assert!(
        chain(&error).ends_with("more than 10000 bytes to its log"),
        "{error}"
    );
    workshop.nothing_is_left();
}

#[test]
fn cancelling_kills_the_builder_and_leaves_nothing() {
    let workshop = workshop();
    let derivation = workshop.derive(&Recipe {
        arguments: &["-c", "echo half > $out; echo ready; sleep 60 & sleep 60"],
        environment: &[("PATH", "/usr/bin")],
        ..SHELL
    });
    let sink = |event: Event| {
        if matches!(event, Event::Log { .. }) {
            workshop.cancellation.cancel();
        }
    };
    let (store, registry, settings) = (&workshop.store, &workshop.registry, workshop.settings.clone());
    let builder = builder::Builder::new(store, registry, settings, &sink, workshop.cancellation.clone());
    let error = builder
        .realise(&[crate::workshop::all_of(&derivation)])
        .unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    workshop.nothing_is_left();
}

#[test]
fn only_a_fixed_output_sees_the_callers_variables_and_network() {
    let mut workshop = workshop();
    workshop.settings.impure_environment =
        BTreeMap::from([("http_proxy".to_owned(), "http://proxy".to_owned())]);
    let script = "echo \"${http_proxy-unset}\" ${NIX_OUTPUT_CHECKED-unset} > $out; \
                  test $(grep -c : /proc/net/dev) = $devices";
    let devices = fs::read_to_string("/proc/net/dev")
        .unwrap()
        .matches(':')
        .count()
        .to_string();
    let derive = |devices: &str, fixed| {
        workshop.derive(&Recipe {
            arguments: &["-c", script],
            environment: &[
                ("PATH", "/usr/bin"),
                ("impureEnvVars", "http_proxy"),
                ("devices", devices),
            ],
            fixed,
            ..SHELL
        })
    };
    assert_eq!(workshop.read(&derive("1", None)), "unset unset\n");
    let fetching = derive(&devices, Some((Method::Flat, Hash::sha256(b"http://proxy 1\n"))));
    assert_eq!(workshop.read(&fetching), "http://proxy 1\n");
}

#[test]
fn the_graph_of_references_is_told_on_request() {
    let workshop = workshop();
    let far = workshop.test("far", &[], &[]);
    let near = workshop.test("near", &[("text", &workshop.output(&far).to_string())], &[&far]);
    let (path, below) = (workshop.output(&near), workshop.output(&far));
    let derivation = workshop.derive(&Recipe {
        arguments: &["-c", "cat graph > $out"],
        environment: &[
            ("PATH", "/usr/bin"),
            ("exportReferencesGraph", &format!("graph {path}")),
        ],
        inputs: &[&near],
        ..SHELL
    });
    let mut expected = [format!("{path}\n\n1\n{below}\n"), format!("{below}\n\n0\n")];
    expected.sort();
    assert_eq!(workshop.read(&derivation), expected.concat());
}

#[test]
fn a_missing_program_is_explained() {
    let workshop = workshop();
    let derivation = workshop.derive(&Recipe {
        builder: "/bin/no-such-shell",
        ..SHELL
    });
    let text = chain(&workshop.realise(&[&derivation]).unwrap_err());
    assert!(
        text.contains("'/bin/no-such-shell' or the interpreter that it names is not in the sandbox"),
        "{text}"
    );
}

/// A tree with this machine's shell and the libraries that it needs.
fn small_system(at: &Path) {
    fs::create_dir_all(at.join("usr/bin")).unwrap();
    fs::create_dir_all(at.join("etc")).unwrap();
    fs::write(at.join("etc/of-the-root"), "root\n").unwrap();
    for name in ["bin", "lib", "lib64"] {
        symlink(format!("usr/{name}"), at.join(name)).unwrap();
    }
    fs::copy("/bin/sh", at.join("usr/bin/sh")).unwrap();
    let libraries = Command::new("ldd").arg("/bin/sh").output().unwrap();
    let text = String::from_utf8(libraries.stdout).unwrap();
    for library in text.split_whitespace().filter(|word| word.starts_with('/')) {
        let place = at
            .join("usr")
            .join(library.trim_start_matches("/usr").trim_start_matches('/'));
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::copy(library, place).unwrap();
    }
}

#[test]
fn a_sysroot_is_the_system_that_a_builder_sees() {
    let workshop = Workshop::new();
    let tree = workshop.directory.path().join("tree");
    small_system(&tree);
    let sysroot = workshop
        .store
        .add_source(&tree, "sysroot", &mut keep_all)
        .unwrap();
    let text = sysroot.to_string();
    let recipe = Recipe {
        builder: "/bin/sh",
        arguments: &["-c", "read line < /etc/of-the-root; echo $line /usr/bin/* > $out"],
        environment: &[("__hardpanSysroot", &text)],
        ..SHELL
    };
    let good = workshop.derive(&Recipe {
        sources: &[&sysroot],
        ..recipe
    });
    assert_eq!(workshop.read(&good), "root /usr/bin/sh\n");
    let references = workshop.store.references(&workshop.output(&good)).unwrap();
    assert_eq!(references, BTreeSet::new());
    let no_input = workshop.derive(&recipe);
    let text = chain(&workshop.realise(&[&no_input]).unwrap_err());
    assert!(text.contains("which is no input of the derivation"), "{text}");
}
