//! Mistakes that are seen before anything is built, and what only deserves a warning.

use crate::support::{hardpan, shared_data_folder, succeed, text};
use crate::{accepts, machine, refuses};

/// The warnings of a configuration, with the project's folder called PROJECT.
fn warnings(configuration: &str) -> Vec<String> {
    let folder = machine(configuration);
    let mut command = hardpan(&shared_data_folder());
    command
        .current_dir(folder.path())
        .args(["eval", "--raw", ".#toplevel.drvPath"]);
    let said = text(&succeed(&mut command)).replace(&*folder.path().to_string_lossy(), "PROJECT");
    said.lines()
        .filter(|line| line.contains("warning: "))
        .map(str::to_owned)
        .collect()
}

/// There is exactly one warning, with all of these texts; or none without texts.
#[track_caller]
fn warns(configuration: &str, expected: &[&str]) {
    let warnings = warnings(configuration);
    assert_eq!(
        warnings.len(),
        usize::from(!expected.is_empty()),
        "{configuration}\n{warnings:#?}"
    );
    for text in expected {
        assert!(warnings[0].contains(text), "'{text}' is missing in {warnings:#?}");
    }
}

#[test]
fn a_setting_of_sshd_in_two_spellings_is_refused_with_both_places() {
    refuses(
        ".#toplevel",
        "{ imports = [\n { services.openssh.settings.maxAuthTries = 2; }\n { services.openssh.settings.MaxAuthTries = 3; } ]; }",
        1,
        &[
            "services.openssh.settings sets MaxAuthTries twice",
            "MaxAuthTries (PROJECT/configuration.nix:3:4)",
            "maxAuthTries (PROJECT/configuration.nix:2:4)",
            "",
        ],
    );
    refuses(
        ".#toplevel",
        "{ services.openssh.settings = { maxAuthTries = 2; }; }",
        1,
        &[
            "MaxAuthTries (the base's own) and maxAuthTries (PROJECT/configuration.nix:1:33). Write it once, as MaxAuthTries",
            "",
        ],
    );
    accepts("{ services.openssh.settings = { maxAuthTries = null; }; }");
}

#[test]
fn kernel_parameters_have_no_blanks() {
    refuses(
        ".#rawImage",
        "{\n  boot.kernelParams = [ \"mitigations=auto nosmt\" ];\n}",
        1,
        &[
            "boot.kernelParams",
            "kernel parameter, with blanks only inside double quotes",
            "PROJECT/configuration.nix:2:3': \"mitigations=auto nosmt\"",
            "",
        ],
    );
}

#[test]
fn a_password_that_is_no_hash_is_warned_of() {
    let user = |hash: &str| {
        format!("{{ users.users.op = {{ isNormalUser = true; hashedPassword = \"{hash}\"; }}; }}")
    };
    warns(
        &user("hunter2"),
        &[
            "PROJECT/configuration.nix:1:43: users.users.op.hashedPassword is no hash of a password",
            "mkpasswd",
        ],
    );
    for hash in [
        "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7",
        "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/",
        "$2b$05$abcdefghijklmnopqrstuuM5j6yBnFxl7nfOeKrLDqzBlO.zv8fFe",
        "!",
        "*",
    ] {
        warns(&user(hash), &[]);
    }
}

#[test]
fn settings_of_the_kernel_that_are_misspelt_are_warned_of() {
    warns(
        "{\n  boot.kernel.sysctl.\"net.ipv4.tcp_syncokies\" = 1;\n}",
        &[
            "PROJECT/configuration.nix:2:3: ",
            "did you mean \"net.ipv4.tcp_syncookies\"?",
        ],
    );
    warns(
        "{ boot.kernel.sysctl = { \"net.ipv4.conf.eth0.rp_fliter\" = 1; }; }",
        &["did you mean \"net.ipv4.conf.*.rp_filter\"?"],
    );
    warns(
        "{ boot.kernel.sysctl = { \"net.ipv4.conf.wan0.rp_filter\" = 1; \"vendor.module.thing\" = 1; \"-net.ipv4.tcp_syncookies\" = 1; \"net/ipv4/conf/eth0.1/rp_filter\" = 1; }; }",
        &[],
    );
}

#[test]
fn secrets_are_told_where_they_stand() {
    let place = |place: &str| format!("PROJECT/configuration.nix:{place}' holds what looks like a secret");
    for (configuration, at) in [
        (
            "{ environment.etc.\"app.key\".text = \"-----BEGIN EC PRIVATE KEY-----\\nabc\\n\"; }",
            "1:3: `environment.etc.\"app.key\".text",
        ),
        (
            "{ systemd.services.app = { script = \"true\"; environment.DB_PASSWORD = \"hunter22\"; }; }",
            "1:45: `systemd.services.app.environment.DB_PASSWORD",
        ),
        (
            "{ systemd.services.app.script = \"curl -H 'Authorization: ghp_0123456789abcdefghijABCDEFGHIJ012345'\"; }",
            "1:3: `systemd.services.app.script",
        ),
        (
            "{ environment.variables.DATABASE_URL = \"postgres://app:hunter22@db.internal/app\"; }",
            "1:3: `environment.variables.DATABASE_URL",
        ),
        (
            "{ environment.etc.\"app.ini\".text = \"[aws]\\nkey = AKIAIOSFODNN7EXAMPLE\\n\"; }",
            "1:3: `environment.etc.\"app.ini\".text",
        ),
    ] {
        warns(configuration, &[&place(at), "LoadCredential"]);
    }
    warns(
        "{ pkgs, ... }: { environment.etc.x.source = pkgs.writeText \"app.toml\" \"token = 'xoxb-1234567890-abcdef'\"; }",
        &[
            "the text of 'app.toml' holds what looks like a token of Slack",
            "LoadCredential",
        ],
    );
}

#[test]
fn what_is_public_is_no_secret() {
    warns(
        r#"{
          environment.etc."public.pem".text = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n";
          environment.etc."app.ini".text = "password = $DB_PASSWORD\npassword_file = /var/lib/x\nurl = postgres://db/x\n";
          systemd.services.app = { script = "true"; environment.DB_PASSWORD_FILE = "/var/lib/app/password"; };
          services.openssh.settings.PasswordAuthentication = true;
          programs.ssh.knownHosts."h".publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEw83jx4MwgHLiP7apP5Uj92JmQHWrw2Oill7OlTBCF2";
        }"#,
        &[],
    );
    warns(
        "{ hardpan.warnOfSecrets = false; environment.etc.x.text = \"-----BEGIN PRIVATE KEY-----\"; }",
        &[],
    );
}

#[test]
fn a_machine_that_nobody_can_log_in_to_is_told() {
    warns(
        "{ lib, ... }: {\n  users.users.admin.openssh.authorizedKeys.keys = lib.mkForce [ ];\n}",
        &[
            "PROJECT/configuration.nix:2:3",
            "nobody can log in to this machine",
            "users.users.admin.openssh.authorizedKeys.keys",
        ],
    );
    for other in [
        "users.users.root.hashedPassword = \"$6$x$abcdefghijk\";",
        "services.openssh.settings.TrustedUserCAKeys = \"/etc/ssh/ca.pub\";",
        "services.openssh.enable = lib.mkForce false;",
    ] {
        let configuration = format!(
            "{{ lib, ... }}: {{ users.users.admin.openssh.authorizedKeys.keys = lib.mkForce [ ]; {other} }}"
        );
        warns(&configuration, &[]);
    }
}
