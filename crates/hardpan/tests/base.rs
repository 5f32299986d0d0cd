//! The tables of tests of `base/lib` and `base/pkgs`, run by our own evaluator; the table of maintainer scripts.

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Evaluates `attribute` of the file or folder `file`.
fn eval(file: &Path, attribute: &str) -> Output {
    let mut command = support::hardpan(&support::shared_data_folder());
    command
        .args(["eval", "--json", "--file"])
        .arg(file)
        .arg(attribute);
    command.output().expect("hardpan starts")
}

fn json(file: &Path, attribute: &str) -> Value {
    let output = eval(file, attribute);
    assert!(output.status.success(), "{attribute}: {}", support::text(&output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Checks a table: values that must be equal, and expressions that must fail with certain texts.
fn check(table: &str, least: u64) {
    let file = repository().join("tests").join(table);
    assert_eq!(json(&file, "failures"), Value::Array(Vec::new()));
    assert!(json(&file, "count").as_u64() >= Some(least));
    let names = "errors";
    let mut command = support::hardpan(&support::shared_data_folder());
    command.args([
        "eval",
        "--json",
        "--apply",
        "builtins.mapAttrs (_: error: error.texts)",
        "--file",
    ]);
    let output = command.arg(&file).arg(names).output().expect("hardpan starts");
    assert!(output.status.success(), "{}", support::text(&output));
    let errors: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for (name, texts) in errors.as_object().expect("a set of errors") {
        let output = eval(&file, &format!("errors.\"{name}\".expr"));
        assert!(!output.status.success(), "{table}: {name} does not fail");
        let said = support::text(&output);
        for text in texts.as_array().into_iter().flatten().filter_map(Value::as_str) {
            assert!(
                said.contains(text),
                "{table}: {name} does not say {text:?} but\n{said}"
            );
        }
    }
}

#[test]
fn the_library_keeps_its_table() {
    check("lib", 100);
}

#[test]
fn the_package_set_keeps_its_table() {
    check("pkgs", 50);
}

#[test]
fn the_table_of_maintainer_scripts_is_complete() {
    let table = std::fs::read_to_string(repository().join("docs/maintainer-scripts.md")).expect("the table");
    let mut command = support::hardpan(&support::shared_data_folder());
    command
        .args(["eval", "--raw", "--file"])
        .arg(repository().join("base/effects/table.nix"));
    let output = support::succeed(&mut command);
    let rows = String::from_utf8_lossy(&output.stdout);
    assert!(rows.lines().count() > 20, "{rows}");
    let is_row = |line: &&str| line.starts_with('|');
    let (documented, accounted): (BTreeSet<&str>, BTreeSet<&str>) =
        (table.lines().filter(is_row).collect(), rows.lines().collect());
    let difference: Vec<_> = documented.symmetric_difference(&accounted).collect();
    assert!(difference.is_empty(), "on one side only: {difference:#?}");
}

/// Derivations whose outputs may refer to Debian's jq, and some that only build with it.
const CARRIED: &str = r#"
{ inputs.hardpan.url = "hardpan";
  outputs = { self, hardpan }: let
    pkgs = hardpan.legacyPackages.x86_64-linux;
    inherit (pkgs) jq;
    mentioned = package: pkgs.hardpan.mentioned [ (builtins.unsafeDiscardStringContext package.drvPath) ];
    tool = pkgs.writeShellScriptBin "tool" "${jq}/bin/jq";
    fetched = derivation {
      name = "fetched"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "${jq}/bin/jq" ];
      outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = builtins.hashString "sha256" "x";
    };
    run = attributes: pkgs.runCommand "x" attributes;
  in {
    carried = {
      text = mentioned (pkgs.writeText "t" "${jq}/bin/jq");
      script = mentioned tool;
      argument = mentioned (run { } "echo ${jq}/bin/jq > $out");
      attribute = mentioned (run { inherit jq; } "");
      structured = mentioned (run { __structuredAttrs = true; inherit jq; } "");
      input = mentioned (run { buildInputs = [ tool ]; } "");
    };
    left = {
      native = mentioned (run { nativeBuildInputs = [ jq ]; } "");
      nativeTool = mentioned (run { nativeBuildInputs = [ tool ]; } "");
      structured = mentioned (run { __structuredAttrs = true; nativeBuildInputs = [ tool ]; } "");
      source = mentioned (run { src = fetched; } "");
    };
  };
}
"#;

#[test]
fn what_only_a_build_uses_is_not_in_the_image() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("flake.nix"), CARRIED).expect("the flake can be written");
    for (attribute, expected) in [("carried", true), ("left", false)] {
        let mut command = support::hardpan(&support::shared_data_folder());
        command
            .current_dir(folder.path())
            .args(["eval", "--json", &format!(".#{attribute}")]);
        let output = support::succeed(&mut command);
        let packages: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        for (name, packages) in packages.as_object().expect("a set") {
            let has_jq = packages.as_array().expect("a list").contains(&Value::from("jq"));
            assert_eq!(has_jq, expected, "{attribute}.{name}: {packages}");
        }
    }
}

/// Machines of one module each, and what is asked of them.
const MACHINES: &str = r#"
{ inputs.hardpan.url = "hardpan";
  outputs = { self, hardpan }: let
    machine = module: (hardpan.lib.nixosSystem { system = "x86_64-linux"; modules = [ module ]; }).config;
    kernelParams = module: builtins.elem "systemd.import_credentials=no" (machine module).boot.kernelParams;
    size = module: with machine module; let spec = builtins.fromJSON (builtins.unsafeDiscardStringContext system.build.rawImage.spec); in
      [ spec.diskSizeMiB spec.stateMinimumBytes system.build.vm.diskSize ];
    rules = sysctl: (machine { boot.kernel.sysctl = sysctl; }).environment.etc."udev/rules.d/99-late-sysctl.rules".text or "";
  in {
    small = (machine { virtualisation.diskSize = 100; }).system.build.qcow2Image;
    asked = {
      "credentials are off" = [ (kernelParams { }) (kernelParams { boot.credentials.import = true; }) ];
      "size, usual" = size { };
      "size, null" = size { virtualisation.diskSize = null; };
      "size, in MiB" = size { virtualisation.diskSize = 20480; image.state.minimumSize = "1G"; };
      "size, for EC2" = size ({ modulesPath, ... }: { imports = [ "${modulesPath}/virtualisation/amazon-image.nix" ]; amazonImage.sizeMB = 3000; });
      "size, for GCE" = size ({ modulesPath, ... }: { imports = [ "${modulesPath}/virtualisation/google-compute-image.nix" ]; virtualisation.googleComputeImage.diskSize = 3000; });
      "minimal" = with machine ({ modulesPath, ... }: { imports = [ "${modulesPath}/profiles/minimal.nix" ]; });
        builtins.length (environment.corePackages ++ environment.defaultPackages);
      "no name" = with machine { networking.hostName = ""; }; [ image.baseName (environment.etc ? hostname) ];
      "wheel reads the journal" = (machine { users.users.a = { isNormalUser = true; extraGroups = [ "wheel" ]; }; users.users.b.isNormalUser = true; }).users.groups.systemd-journal.members;
      "late settings" = map rules [ { } { "net.bridge.bridge-nf-call-iptables" = 1; } { "net/netfilter/nf_conntrack_max" = 1; } { "net.nf_conntrack_max" = 1; } { "net.netfilterx" = 1; } ];
      "network behind the firewall" = map (on: (machine { networking.firewall.enable = on; }).systemd.services.systemd-networkd.requires or [ ]) [ true false ];
      "users' namespaces" = map (module: (machine module).boot.kernel.sysctl."kernel.unprivileged_userns_clone")
        [ { } { security.unprivilegedUsernsClone = true; } { virtualisation.podman.enable = true; } ];
      "audit" = map (module: with machine module; [ (builtins.elem "audit=1" boot.kernelParams) (builtins.elem "systemd-journald-audit.socket" image.root.enableUnits) ])
        [ { security.audit.enable = true; } { security.audit.enable = true; security.auditd.enable = true; } ];
    };
  };
}
"#;

#[test]
fn options_of_machines_have_effect() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("flake.nix"), MACHINES).expect("the flake can be written");
    let mut command = support::hardpan(&support::shared_data_folder());
    command
        .current_dir(folder.path())
        .args(["eval", "--json", ".#asked"]);
    let output = support::succeed(&mut command);
    let asked: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rule = |module: &str, prefixes: &str| {
        format!(
            "ACTION==\"add\", SUBSYSTEM==\"module\", KERNEL==\"{module}\", \
             RUN+=\"/usr/lib/systemd/systemd-sysctl --prefix=/{prefixes}\"\n"
        )
    };
    let expected = serde_json::json!({
        "credentials are off": [true, false],
        "size, usual": [null, 256 << 20, 4096],
        "size, null": [null, 256 << 20, null],
        "size, in MiB": [20480, 1 << 30, 20480],
        "size, for EC2": [3000, 256 << 20, 3000],
        "size, for GCE": [3000, 256 << 20, 3000],
        "minimal": 0,
        "no name": ["hardpan", false],
        "wheel reads the journal": ["a"],
        "late settings": [
            "", rule("br_netfilter", "net/bridge"), rule("nf_conntrack", "net/netfilter"),
            rule("nf_conntrack", "net/nf_conntrack_max"), "",
        ],
        "network behind the firewall": [["nftables.service"], []],
        "users' namespaces": [false, true, true],
        "audit": [[false, true], [true, false]],
    });
    for (name, expected) in expected.as_object().expect("a set") {
        assert_eq!(&asked[name], expected, "{name}");
    }
}

#[test]
fn a_disk_that_does_not_hold_the_image_is_refused_with_the_numbers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("flake.nix"), MACHINES).expect("the flake can be written");
    let mut command = support::hardpan(&support::shared_data_folder());
    let output = command
        .current_dir(folder.path())
        .args(["build", "--no-link", ".#small"])
        .output();
    let output = output.expect("hardpan starts");
    let said = support::text(&output);
    assert_eq!(output.status.code(), Some(100), "{said}");
    for expected in [
        "a disk of 100 MiB is too small: it takes ",
        ", state 256)",
        "hint: 'virtualisation.diskSize = ",
    ] {
        assert!(said.contains(expected), "'{expected}' is missing:\n{said}");
    }
}

#[test]
fn a_new_project_builds_as_it_is_and_with_a_service() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = |folder: &Path, arguments: &[&str]| {
        let mut command = support::hardpan(&support::shared_data_folder());
        support::succeed(command.current_dir(folder).args(arguments));
    };
    run(folder.path(), &["init", "my-base"]);
    let project = folder.path().join("my-base");
    run(&project, &["build", "--no-link", ".#rawImage"]);
    let configuration = project.join("configuration.nix");
    let text = std::fs::read_to_string(&configuration).expect("the template has it");
    let more = text.replace(
        "services.openssh.enable = true;",
        "services.openssh.enable = true; services.nginx.enable = true;",
    );
    assert_ne!(text, more, "the template enables ssh");
    // Packages with files in languages that they do not depend on.
    let more = more.replace("    jq\n", "    jq rsync vim zsh bash-completion\n");
    assert!(more.contains("rsync"), "the template has a list of programs");
    std::fs::write(&configuration, more).expect("it can be written");
    run(&project, &["build", "--no-link", ".#rawImage"]);
}
