//! `vm`: what is asked before anything is built or booted.

use crate::project::{Project, WRITE};

/// A public key, as it stands in base 64.
const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIKeHKNRwJyDS8bxI1U6gRJCRkTIO8EgyQaxH4Yk3mKzA";

/// A machine that cannot be booted, but asked.
fn project(logins: &str, more: &str) -> Project {
    Project::with_flake(&format!(
        r#"{{ outputs = _: let {WRITE}
          machine = {{ config.system.build.vm = {{
            memorySize = 512; cores = 1; diskSize = null; forwardPorts = [ ]; options = [ ];
            image = write "image" ""; ssh = write "ssh" ""; qemu = derivation {{
              name = "qemu"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "exit 1" ]; }};
            logins = {{ server = true; keysElsewhere = false; accounts = {{
              root = {{ isNormalUser = false; keys = [ ]; }};
              admin = {{ isNormalUser = true; keys = [ "no-pty ssh-ed25519 {KEY} me" ]; }};
              other = {{ isNormalUser = true; keys = [ "ssh-ed25519 AAA..." ]; }};
            }}; }} // {{ {logins} }};
          }}; }};
        in {{ nixosConfigurations = {{ one = machine; {more} }}; }}; }}"#
    ))
}

#[test]
fn the_login_is_checked_before_anything_is_built() {
    let project_with = project;
    let project = project_with("", "");
    let public = project.path("project/key.pub");
    std::fs::write(&public, format!("ssh-ed25519 {KEY} me\n")).expect("files can be written");
    project.write(
        "project/other.pub",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther me\n",
    );
    project.write("project/text", "no key\n");
    let ssh = |more: &[&'static str]| [&["vm", ".#one", "--ssh"][..], more].concat();
    let table: &[(&[&'static str], &str, &str)] = &[
        (
            &["--user", "admn"],
            "the machine has no user 'admn'",
            "did you mean 'admin'?",
        ),
        (
            &["--user", "zzz"],
            "the machine has no user 'zzz'",
            "users.users.zzz declares one",
        ),
        (
            &["--user", "root"],
            "nobody can log in as 'root'",
            "users.users.root.openssh.authorizedKeys.keys",
        ),
        (
            &["--user", "other"],
            "nobody can log in as 'other'",
            "put a public key into",
        ),
        (
            &["-i", "nowhere"],
            "cannot read the key 'TOP/project/nowhere'",
            "",
        ),
        (&["-i", "text"], "'TOP/project/text' holds no private key", "-i"),
        (
            &["-i", "other.pub"],
            "'other.pub' cannot log in as 'admin'",
            "put its public half into",
        ),
    ];
    for (arguments, error, hint) in table {
        let arguments = ssh(arguments);
        project.fail(&arguments, 1, &[&format!("error: {error}"), hint]);
    }
    // With the right key it goes on, as far as this machine goes.
    project.fail(&ssh(&["-i", "key.pub"]), 100, &["-qemu.drv' failed"]);
    project.fail(&ssh(&[]), 100, &["-qemu.drv' failed"]);
    let none = project_with("server = false;", "");
    none.fail(
        &ssh(&[]),
        1,
        &["error: the machine has no ssh server", "services.openssh.enable"],
    );
    let elsewhere = project_with("keysElsewhere = true;", "");
    elsewhere.fail(
        &ssh(&["--user", "root"]),
        100,
        &[
            "warning: nobody can log in as 'root'",
            "unless it gets one elsewhere",
        ],
    );
}

#[test]
fn the_only_machine_is_taken_and_of_several_none() {
    project("", "").fail(&["vm"], 100, &["-qemu.drv' failed"]);
    project("", "two = machine;").fail(
        &["vm"],
        1,
        &[
            "error: which machine? There are one, two",
            "hint: name one, as in 'hardpan vm .#one'",
        ],
    );
    Project::with_flake("{ outputs = _: { }; }").fail(&["vm"], 1, &["does not provide attribute"]);
}

#[test]
fn what_is_given_wrongly_is_said_before_anything_is_built() {
    let project = project("", "");
    for port in ["http", "1:2:3:4", "0:80", "8080:80,hostfwd=tcp::1-:1"] {
        let error = format!("error: '{port}' is no forwarded port");
        project.fail(&["vm", "--forward", port], 2, &[&error, "hint: it is HOST:GUEST"]);
    }
    project.fail(
        &["vm", "--drive", "nowhere"],
        1,
        &["error: cannot read 'TOP/project/nowhere'"],
    );
    project.fail(&["vm", "--user", "admin"], 2, &["--ssh"]);
    project.fail(&["vm", "--old-image"], 2, &["--disk"]);
}
