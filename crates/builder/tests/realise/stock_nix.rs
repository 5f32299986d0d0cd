//! The stock `nix` program builds the same derivations to the same bytes with the same references, and reads our logs.
//! Where it is not installed this says so and passes; `HARDPAN_TEST_NIX` names the directory of another one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nix_formats::{Hash, Method, StorePath};
use serde_json::Value;
use store::Store;

use crate::programs::{SHELL, workshop};
use crate::workshop::{Recipe, Workshop};

const SETTINGS: &str = "build-users-group =\nsandbox = true\nsubstituters =\nsystem = x86_64-linux\ncores = 2\nmax-jobs = 1\n\
                        experimental-features = nix-command\n\
                        sandbox-paths = /usr /bin=/usr/bin /lib=/usr/lib /lib64=/usr/lib64";

/// Nix kills a builder that has closed its output, which some kernels let it do before the builder's end is recorded.
const ATTEMPTS: usize = 20;

/// The programs of stock Nix.
pub struct Nix {
    programs: Option<PathBuf>,
    settings: String,
    home: PathBuf,
    version: (u32, u32),
}

impl Nix {
    pub fn find(workshop: &Workshop) -> Option<Self> {
        let mut nix = Self {
            programs: std::env::var_os("HARDPAN_TEST_NIX").map(PathBuf::from),
            settings: SETTINGS.to_owned(),
            home: workshop.directory.path().to_owned(),
            version: (0, 0),
        };
        let Ok(found) = nix.command("nix-store").arg("--version").output() else {
            eprintln!("skipped: there is no nix program here");
            return None;
        };
        let text = String::from_utf8_lossy(&found.stdout).into_owned();
        let mut numbers = text.split([' ', '.', '\n']).filter_map(|word| word.parse().ok());
        nix.version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        // Old versions cannot do without the program that asks other machines to build, new ones may not find it.
        if nix.version >= (2, 20) {
            nix.settings.push_str("\nbuild-hook =");
        }
        Some(nix)
    }

    /// Only the version that we promise to equal will do.
    fn find_newest(workshop: &Workshop) -> Option<Self> {
        let nix = Self::find(workshop)?;
        let (major, minor) = nix.version;
        if nix.version < (2, 34) {
            eprintln!("skipped: Nix {major}.{minor} is older than the 2.34 that is compared with");
        }
        (nix.version >= (2, 34)).then_some(nix)
    }

    fn command(&self, program: &str) -> Command {
        let place = self.programs.as_ref().map(|programs| programs.join(program));
        let mut command = Command::new(place.unwrap_or_else(|| program.into()));
        command
            .env("HOME", &self.home)
            .env("NIX_CONFIG", &self.settings)
            .env("PASSED_ON", "impure value");
        command
    }

    #[track_caller]
    pub fn run(&self, program: &str, store: &Path, arguments: &[&str]) -> Output {
        for _ in 0..ATTEMPTS {
            let mut command = self.command(program);
            let output = command
                .arg("--store")
                .arg(store)
                .args(arguments)
                .output()
                .unwrap();
            if output.status.success() {
                return output;
            }
            let message = String::from_utf8_lossy(&output.stderr);
            assert!(message.contains("signal 9"), "{arguments:?}: {message}");
        }
        panic!("{arguments:?}: Nix killed its builder {ATTEMPTS} times");
    }

    /// Has Nix build the derivations in a store of its own, which is given back.
    #[track_caller]
    fn builds(&self, workshop: &Workshop, derivations: &[&StorePath]) -> Store {
        let other = workshop.directory.path().join("built-by-nix");
        let place = other.display().to_string();
        let paths: Vec<String> = derivations.iter().map(ToString::to_string).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let copy = ["copy", "--no-check-sigs", "--derivation", "--to", &place];
        self.run("nix", workshop.store.root(), &[&copy, paths.as_slice()].concat());
        self.run("nix-store", &other, &[&["--realise"], paths.as_slice()].concat());
        Store::open(&other).unwrap()
    }
}

/// Builds `recipes` here and by Nix; the same must come out, with the same references.
#[track_caller]
fn check(workshop: &Workshop, nix: &Nix, recipes: &[Recipe<'_>]) {
    let derivations: Vec<StorePath> = recipes.iter().map(|recipe| workshop.derive(recipe)).collect();
    let derivations: Vec<&StorePath> = derivations.iter().collect();
    let outputs = workshop
        .realise(&derivations)
        .unwrap_or_else(|error| panic!("{}", crate::workshop::chain(&error)));
    let theirs = nix.builds(workshop, &derivations);
    for output in &outputs {
        let info = |store: &Store| store.require_info(output).unwrap();
        let (ours, theirs_info) = (info(&workshop.store), info(&theirs));
        if ours.nar_hash != theirs_info.nar_hash {
            let [left, right] = [workshop.store.physical(output), theirs.physical(output)];
            let diff = Command::new("diff")
                .arg("-r")
                .arg(left)
                .arg(right)
                .output()
                .unwrap();
            panic!("{output} differs:\n{}", String::from_utf8_lossy(&diff.stdout));
        }
        let kept = |info: &store::PathInfo| {
            (
                info.references.clone(),
                info.deriver.clone(),
                info.content_address,
                info.ultimate,
            )
        };
        assert_eq!(kept(&ours), kept(&theirs_info), "{output}");
    }
}

#[test]
fn variables_and_what_the_sandbox_shows_are_the_same() {
    let mut workshop = workshop();
    let Some(nix) = Nix::find_newest(&workshop) else {
        return;
    };
    // Nix looks for itself whether this machine has it.
    let kvm = std::fs::File::options().read(true).write(true).open("/dev/kvm");
    workshop
        .settings
        .system_features
        .extend(kvm.is_ok().then(|| "kvm".to_owned()));
    let script = "env | grep -v '^_=\\|^SHLVL' | sort > $out; pwd >> $out; umask >> $out; id >> $out; \
                  uname -n >> $out; domainname >> $out; cat /etc/passwd /etc/group /etc/hosts >> $out; \
                  stat -c '%n %A %u %g' / /build /tmp /nix /nix/store /etc /dev /dev/null /proc >> $out; \
                  ls -A / /etc /dev /build /tmp /dev/pts >> $out; ulimit -c >> $out; echo \"$0\" >> $out; \
                  grep -c : /proc/net/dev >> $out; cat /proc/net/if_inet6 >> $out; \
                  grep -e NoNewPrivs -e CapEff /proc/self/status >> $out; readlink /proc/self/ns/user | wc -l >> $out";
    let recipe = Recipe {
        arguments: &["-c", script, "zero"],
        environment: &[
            ("PATH", "/usr/bin"),
            ("HOME", "/elsewhere"),
            ("TMP", "/not/obeyed"),
            ("NIX_BUILD_CORES", "77"),
            ("TERM", "dumb"),
            ("empty", ""),
            ("odd name", "a\nb"),
        ],
        ..SHELL
    };
    check(&workshop, &nix, &[recipe]);
}

#[test]
fn attributes_come_in_the_same_way() {
    let workshop = workshop();
    let Some(nix) = Nix::find_newest(&workshop) else {
        return;
    };
    let source = workshop
        .store
        .add_text("source", b"text", &BTreeSet::new())
        .unwrap();
    let below = workshop.derive(&Recipe {
        name: "below",
        arguments: &["-c", "echo $source > $out"],
        environment: &[("source", &source.to_string())],
        sources: &[&source],
        ..SHELL
    });
    let above = workshop.derive(&Recipe {
        name: "above",
        arguments: &["-c", "echo $below > $out"],
        environment: &[("below", &workshop.output(&below).to_string())],
        inputs: &[&below],
        ..SHELL
    });
    let path = workshop.output(&above).to_string();
    let [out, dev] = ["out", "dev"].map(nix_formats::store_path::placeholder);
    let graphs = format!("first {path} second {above}");
    let plain = Recipe {
        name: "plain",
        arguments: &[
            "-c",
            "cat first second $longPath > $out; printf '%s\\n' \"$@\" \"$self\" $longPath >> $out; echo > $dev",
            "zero",
            &out,
            &format!("{dev}/share"),
        ],
        environment: &[
            ("PATH", "/usr/bin"),
            ("exportReferencesGraph", &graphs),
            ("passAsFile", "long other"),
            ("long", &format!("{out} {dev}\n")),
            ("self", &format!("-L{dev}/lib -L{out}/lib")),
        ],
        inputs: &[&above],
        sources: &[&above],
        outputs: &["dev", "out"],
        ..SHELL
    };
    let json = structured(&path, &above.to_string(), &out);
    let structured = Recipe {
        name: "structured",
        arguments: &[
            "-c",
            "PATH=/usr/bin; . $NIX_ATTRS_SH_FILE; env | grep -v '^_=\\|^SHLVL' | sort > ${outputs[out]}; \
             cat $NIX_ATTRS_SH_FILE $NIX_ATTRS_JSON_FILE >> ${outputs[out]}; echo > ${outputs[dev]}",
        ],
        environment: &[("__json", &json)],
        ..plain
    };
    check(&workshop, &nix, &[plain, structured]);
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<String, Value> = fields
                .into_iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect();
            Value::Object(fields.into_iter().collect())
        }
        other => other,
    }
}

/// Structured attributes of every kind.
fn structured(path: &str, derivation: &str, placeholder: &str) -> String {
    sorted(serde_json::json!({
        "name": "structured", "builder": "/bin/bash", "system": "x86_64-linux", "outputs": ["out", "dev"],
        "int": 5, "negative": -7, "big": 4_294_967_297_u64, "huge": i64::MAX, "fraction": 1.5, "whole": 1.0,
        "exponent": 1.0e16, "more": 1.0e300, "small": 0.00001, "smaller": -2.5e-9, "tenth": 0.1, "third": 1.0 / 3.0,
        "single": 16_777_217.5, "yes": true, "no": false, "nothing": null, "text": "it's \"q\" \\ \n\t\u{1}\u{7f} \u{fc}",
        "list": ["a b", 1, true, false, null, 2.0], "deep": [[1]], "fractions": [2.5], "none": [],
        "table": {"k": "v", "x y": 1, "it's": true, "n": null}, "deepTable": {"a": {}}, "noTable": {},
        "not-a-name": 1, "1x": 2, "_x": 3, "place": format!("{placeholder}/x"), "places": [placeholder],
        "exportReferencesGraph": {"first": [path], "second": [path, derivation]},
    }))
    .to_string()
    // As evaluation writes them.
    .replace("0.00001", "1e-05")
    .replace("2.5e-9", "2.5e-09")
}

#[test]
fn outputs_of_every_shape_are_the_same() {
    let mut workshop = workshop();
    let Some(nix) = Nix::find(&workshop) else { return };
    let script = |script| Recipe {
        arguments: script,
        environment: &[("PATH", "/usr/bin")],
        ..SHELL
    };
    let tree = "mkdir -p $out/a/empty $out/bin; echo x > $out/bin/x; chmod 4755 $out/bin/x; ln $out/bin/x $out/a/hard; \
                echo y > $out/a/y; chmod 0 $out/a/y; chmod 700 $out/a/empty; ln -s nowhere $out/a/dangling; \
                printf z > $out/a/$'\\xff odd'; echo $out > $out/a/self; touch -d 2001-01-01 $out/a; chmod 555 $out/a";
    let crossing = Recipe {
        name: "crossing",
        outputs: &["bin", "dev", "out"],
        ..script(&[
            "-c",
            "echo $out $dev > $bin; echo $out > $dev; mkdir $out; ln -s $out/x $out/link",
        ])
    };
    let fixed = |name, mode| Recipe {
        name,
        environment: &[("PATH", "/usr/bin"), ("impureEnvVars", "PASSED_ON UNSET")],
        fixed: Some(mode),
        ..script(&[
            "-c",
            "echo \"$NIX_OUTPUT_CHECKED $PASSED_ON ${UNSET-none}\" > $out",
        ])
    };
    let passed_on = ("PASSED_ON".to_owned(), "impure value".to_owned());
    workshop.settings.impure_environment = [passed_on].into();
    let text = b"1 impure value \n";
    let executable = Recipe {
        name: "executable",
        ..script(&["-c", "echo > $out; chmod 711 $out"])
    };
    let tree = ["-c", tree];
    let mut recipes = vec![
        Recipe {
            name: "tree",
            ..script(&tree)
        },
        crossing,
        Recipe {
            name: "link",
            ..script(&["-c", "ln -s $out/to $out"])
        },
        executable,
        fixed("flat", (Method::Flat, Hash::sha256(text))),
        fixed("nar", (Method::Nar, nar_hash_of_file(text))),
    ];
    let discarding = Recipe {
        name: "discarding",
        environment: &[("__json", r#"{"unsafeDiscardReferences":{"out":true}}"#)],
        ..script(&[
            "-c",
            ". $NIX_ATTRS_SH_FILE; echo ${outputs[out]} > ${outputs[out]}",
        ])
    };
    if nix.version >= (2, 34) {
        recipes.push(discarding);
    }
    check(&workshop, &nix, &recipes);
}

fn nar_hash_of_file(text: &[u8]) -> Hash {
    let mut writer = nix_formats::nar::Writer::new(Vec::new()).unwrap();
    writer.regular_bytes(false, text).unwrap();
    Hash::sha256(&writer.finish().unwrap())
}

#[test]
fn nix_reads_our_log_and_agrees_on_checking_again() {
    let workshop = workshop();
    let Some(nix) = Nix::find(&workshop) else { return };
    let derivation = workshop.derive(&Recipe {
        arguments: &["-c", "echo says; echo x > $out"],
        ..SHELL
    });
    workshop.realise(&[&derivation]).unwrap();
    let path = derivation.to_string();
    let log = nix.run("nix-store", workshop.store.root(), &["--read-log", &path]);
    assert_eq!(String::from_utf8_lossy(&log.stdout), "says\n");
    nix.run(
        "nix-store",
        workshop.store.root(),
        &["--realise", "--check", &path],
    );
    let log = builder::read_log(&workshop.store, &derivation).unwrap().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&log),
        "says\n",
        "that is now the log that Nix wrote"
    );
}
