//! Machines that are described wrongly.

use std::sync::OnceLock;

use crate::fails;
use crate::support::{hardpan, project, shared_data_folder, succeed};

/// A lock file for projects as the example is one.
fn lock_file() -> &'static str {
    static LOCK: OnceLock<String> = OnceLock::new();
    LOCK.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        project(folder.path(), "{ }");
        let mut command = hardpan(&shared_data_folder());
        succeed(command.current_dir(folder.path()).args(["flake", "lock"]));
        std::fs::read_to_string(folder.path().join("flake.lock")).expect("the lock file is there")
    })
}

/// A locked project that was built before, with this second module.
pub fn built_project(second_module: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    project(folder.path(), second_module);
    std::fs::write(folder.path().join("flake.lock"), lock_file()).expect("it can be locked");
    std::os::unix::fs::symlink("/before", folder.path().join("result")).expect("links can be made");
    folder
}

/// Builds the example with a second module.
#[track_caller]
fn check(second_module: &str, expected: &[&str]) {
    let folder = built_project(second_module);
    let mut command = hardpan(&shared_data_folder());
    fails(command.args(["build", ".#toplevel"]), folder.path(), 1, expected);
}

#[test]
fn mistakes_in_modules_are_shown_where_they_stand() {
    check(
        "{\n  networking.hostName = ;\n}",
        &[
            "error: syntax error",
            "at PROJECT/second.nix:2:25",
            "  2 |   networking.hostName = ;\n",
        ],
    );
    check(
        "{\n  services.openssh.ports = 1;\n  imports = [ { services.openssh.ports = \"b\"; } ];\n}",
        &[
            "`services.openssh.ports'",
            "PROJECT/second.nix:2:3': 1",
            "PROJECT/second.nix:3:17': \"b\"",
        ],
    );
    check(
        "{\n  networking.hostName = \"other\";\n}",
        &[
            "error: The option `networking.hostName' has conflicting definition values:\n",
            "PROJECT/second.nix:2:3': \"other\"",
            "PROJECT/configuration.nix:4:1': \"sre-prod-base\"",
        ],
    );
    check(
        "{\n  services.opensh.enable = true;\n}",
        &[
            "`services.opensh' does not exist",
            "PROJECT/second.nix:2:3'",
            "Did you mean `services.openssh'?",
        ],
    );
    check(
        "{\n  services.mastodon.enable = true;\n  services.nextcloud.enable = true;\n}",
        &[
            "error: The configuration cannot be built.\n",
            "`services.mastodon.enable' (PROJECT/second.nix:2:3)",
            "`services.nextcloud.enable' (PROJECT/second.nix:3:3)",
        ],
    );
}

#[test]
fn files_that_are_not_there_are_shown_where_they_are_named() {
    let hint = "\nhint: make the file, or correct the path";
    check(
        "{\n  users.users.sre-deploy.openssh.authorizedKeys.keyFiles = [ ./none.pub ];\n}",
        &[
            "error: path 'PROJECT/none.pub' does not exist, at PROJECT/second.nix:2:62",
            hint,
        ],
    );
    check(
        "{\n  environment.etc.x.source = ./none;\n}",
        &[
            "error: path 'PROJECT/none' does not exist, at PROJECT/second.nix:2:30",
            hint,
        ],
    );
    check(
        "{\n  imports = [ ./none.nix ];\n}",
        &[
            "error: path 'PROJECT/none.nix' does not exist, at PROJECT/second.nix:2:15",
            hint,
        ],
    );
    check(
        "{\n  networking.nftables.rulesetFile = ./none.nft;\n  networking.nftables.enable = true;\n}",
        &[
            "error: path 'PROJECT/none.nft' does not exist, at PROJECT/second.nix:2:37",
            hint,
        ],
    );
}

#[test]
fn packages_that_cannot_be_had_are_named() {
    check(
        "{ pkgs, ... }: {\n  environment.systemPackages = [ pkgs.terraform ];\n}",
        &[
            "error: pkgs.terraform: Debian has no such package",
            "at PROJECT/second.nix:2:3\n",
            "… in an element of the option `environment.systemPackages', defined at PROJECT/second.nix:2:3\n",
        ],
    );
    check(
        "{ pkgs, ... }: {\n  environment.systemPackages = [ pkgs.htopp ];\n}",
        &[
            "error: attribute 'htopp' missing, at PROJECT/second.nix:2:34",
            "Did you mean",
            "htop",
        ],
    );
    check(
        "{ pkgs, ... }: {\n  environment.systemPackages = [ pkgs.debian.htopp ];\n}",
        &[
            "error: attribute 'htopp' missing, at PROJECT/second.nix:2:34",
            "Did you mean",
            "htop",
        ],
    );
    check(
        "{ pkgs, ... }: { environment.systemPackages = with pkgs.debian; [ exim4-daemon-light postfix ]; }",
        &[
            "error: no set of packages has all that is wanted:\n",
            "exim4-daemon-light is wanted",
            "postfix is wanted",
            "conflicts with mail-transport-agent",
        ],
    );
}

#[test]
fn attributes_that_the_flake_lacks_are_named() {
    let folder = built_project("{ }");
    let mut command = hardpan(&shared_data_folder());
    fails(
        command.args(["build", ".#rawImagee"]),
        folder.path(),
        1,
        &[
            "does not provide attribute 'packages.x86_64-linux.rawImagee'",
            "hint: did you mean 'rawImage'?",
        ],
    );
}

#[test]
fn without_network_nothing_is_locked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = tempfile::tempdir().expect("a temporary folder");
    project(folder.path(), "{ }");
    let closed = "http://127.0.0.1:9/debian";
    let mut command = hardpan(data.path());
    command.env(
        "HARDPAN_MIRRORS",
        format!("debian={closed} debian-security={closed}"),
    );
    fails(
        command.args(["build", ".#rawImage"]),
        folder.path(),
        1,
        &[
            "error: cannot lock 'debian:trixie'",
            "127.0.0.1:9/debian/dists/",
            "Connection refused",
        ],
    );
}
