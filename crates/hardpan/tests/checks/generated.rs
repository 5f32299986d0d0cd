//! Files that the programs which read them refuse, while the image is built.

use crate::support::{hardpan, shared_data_folder, succeed};
use crate::{accepts, machine, refuses};

/// The check `name` refuses a configuration with words of the program, where it is defined, and the switch.
#[track_caller]
fn check(configuration: &str, words: &[&str], defined: &str, switch: &str) {
    let defined = format!("  defined: `{defined}' (PROJECT/configuration.nix:");
    let hint = format!("hint: correct what is said above; '{switch} = false;' goes without this check");
    let mut expected = words.to_vec();
    expected.extend([defined.as_str(), hint.as_str()]);
    refuses(".#checks", configuration, 100, &expected);
}

#[test]
fn an_ssh_server_that_would_not_start_is_not_built() {
    check(
        "{ services.openssh.settings.KexAlgorithms = [ \"no-such-kex\" ]; }",
        &[
            "check-sshd",
            "> Unsupported KEX algorithm \"no-such-kex\"",
            "/etc/ssh/sshd_config line ",
        ],
        "services.openssh.settings.KexAlgorithms",
        "image.checks.sshd.enable",
    );
    check(
        "{ services.openssh.extraConfig = \"PermitRotLogin no\"; }",
        &["Bad configuration option: PermitRotLogin"],
        "services.openssh.extraConfig",
        "image.checks.sshd.enable",
    );
}

#[test]
fn rules_that_nft_refuses_are_not_built() {
    check(
        "{ networking.firewall.extraInputRules = \"tcp dprt 8088 accept\"; }",
        &[
            "> /etc/nftables.conf:",
            "tcp dprt 8088 accept",
            "syntax error, unexpected string",
        ],
        "networking.firewall.extraInputRules",
        "networking.nftables.checkRuleset",
    );
    check(
        "{ networking.nftables.tables.x = { family = \"inet\"; content = \"chain c { iifname \\\"a\\\" jump nowhere; }\"; }; }",
        &["No such file or directory", "jump nowhere"],
        "networking.nftables.tables.x",
        "networking.nftables.checkRuleset",
    );
}

#[test]
fn sudo_rules_that_visudo_refuses_are_not_built() {
    check(
        "{ security.sudo.extraConfig = \"Defaults !!nonsense x y\"; }",
        &["> /etc/sudoers:", "syntax error"],
        "security.sudo.extraConfig",
        "image.checks.sudoers.enable",
    );
}

#[test]
fn units_that_systemd_would_read_otherwise_are_not_built() {
    check(
        "{ systemd.services.job = { script = \"true\"; serviceConfig.Restrat = \"always\"; }; }",
        &[
            "> /etc/systemd/system/job.service:",
            "Unknown key 'Restrat' in section [Service]",
        ],
        "systemd.services.job",
        "image.checks.units.enable",
    );
    check(
        "{ systemd.services.job = { script = \"true\"; startAt = \"evry day\"; }; }",
        &[
            "> /etc/systemd/system/job.timer:",
            "Failed to parse calendar specification, ignoring: evry day",
        ],
        "systemd.services.job",
        "image.checks.units.enable",
    );
    check(
        "{ systemd.timers.job.timerConfig.OnBootSec = \"5 parsecs\"; systemd.services.job.script = \"true\"; }",
        &["> /etc/systemd/system/job.timer:", "5 parsecs"],
        "systemd.timers.job",
        "image.checks.units.enable",
    );
    check(
        "{ systemd.services.systemd-journald.serviceConfig.MemoryMax = \"12Q\"; }",
        &["systemd-journald.service.d/overrides.conf:", "12Q"],
        "systemd.services.systemd-journald",
        "image.checks.units.enable",
    );
}

#[test]
fn scripts_that_bash_cannot_read_are_not_built() {
    check(
        "{ systemd.services.job.script = \"if true\"; }",
        &[
            "> /usr/lib/hardpan/units/job-start: line ",
            "syntax error: unexpected end of file",
        ],
        "systemd.services.job",
        "image.checks.scripts.enable",
    );
    check(
        "{ pkgs, ... }: { environment.systemPackages = [ (pkgs.writeShellScriptBin \"tool\" \"echo 'x\") ]; }",
        &[
            "-tool/bin/tool: line ",
            "unexpected EOF while looking for matching",
        ],
        "environment.systemPackages",
        "image.checks.scripts.enable",
    );
}

#[test]
fn shellcheck_reads_scripts_where_it_is_asked_to() {
    check(
        "{ systemd.services.job = { enableStrictShellChecks = true; script = \"rm $1\"; }; }",
        &["SC2086", "/usr/lib/hardpan/units/job-start line "],
        "systemd.services.job",
        "image.checks.shellcheck.enable",
    );
    let tool = |excluded: &str| {
        format!(
            "{{ pkgs, ... }}: {{ environment.systemPackages = [ (pkgs.writeShellApplication {{ name = \"tool\"; \
             text = \"rm $1\"; excludeShellChecks = [ {excluded} ]; }}) ]; }}"
        )
    };
    refuses(
        ".#toplevel",
        &tool(""),
        100,
        &["check-tool", "SC2086", "hardpan log"],
    );
    accepts(&tool("\"SC2086\""));
}

#[test]
fn lines_of_tmpfiles_that_systemd_refuses_are_not_built() {
    check(
        "{ systemd.tmpfiles.rules = [ \"d /x 9999 - - -\" ]; }",
        &["> /etc/tmpfiles.d/00-nixos.conf:1: Invalid mode '9999'"],
        "systemd.tmpfiles.rules",
        "image.checks.tmpfiles.enable",
    );
}

#[test]
fn a_program_that_the_image_lacks_is_named_with_the_unit() {
    refuses(
        ".#toplevel",
        "{ systemd.services.job.serviceConfig.ExecStart = \"/usr/bin/nope --now\"; }",
        100,
        &[
            "generated files name what the image does not have",
            "job.service: ExecStart=/usr/bin/nope",
            "  defined: `systemd.services.job' (PROJECT/configuration.nix:1:3)",
            "hint: name something that the image has",
        ],
    );
}

#[test]
fn modules_and_files_that_the_image_lacks_are_named() {
    refuses(
        ".#toplevel",
        "{ lib, ... }: { time.timeZone = \"Europe/Zuric\"; security.pam.services.sudo.text = lib.mkForce \"auth required pam_nope.so\"; }",
        100,
        &[
            "/etc/localtime: /usr/share/zoneinfo/Europe/Zuric",
            "/etc/pam.d/sudo: pam_nope.so",
            "  defined: `security.pam.services.sudo' (PROJECT/configuration.nix:1:",
            "hint: name something that the image has",
        ],
    );
}

/// Services with checkers of their own share one machine: their programs are unpacked once.
const SERVICES: &str = r#"
  services.nginx = {
    enable = true;
    virtualHosts."a.example" = {
      onlySSL = true;
      sslCertificate = "/var/lib/a.pem";
      sslCertificateKey = "/var/lib/a.key";
      locations."/".proxyPass = "http://backend.internal:8080";
    };
  };
  services.logrotate.enable = true;
  services.logrotate.settings."/var/log/x.log" = { daily = true; su = "nginx nginx"; };
  services.chrony.enable = true;
  services.cron.systemCronJobs = [ "*/5 * * * * root true" "@daily root true" "MAILTO=x" ];
  services.udev.extraRules = "SUBSYSTEM==\"net\", GROUP=\"disk\", MODE=\"0660\"\n";
  networking.nftables.tables.x = {
    family = "inet";
    content = "chain c { type filter hook output priority 0; meta skuid \"nginx\" accept; }";
  };
"#;

#[test]
fn services_are_asked_by_their_own_programs() {
    accepts(&format!("{{ {SERVICES} }}"));
    let mistakes = r#"
      services.nginx.virtualHosts."a.example".extraConfig = "retrun 404;";
      services.logrotate.settings."/var/log/y.log".rotate = "often";
      services.chrony.extraConfig = "makestp 1 3";
      services.cron.systemCronJobs = [ "61 * * * * root true" ];
      services.udev.extraRules = "SUBSYTEM==\"net\", NAME=\"x\"\n";
    "#;
    refuses(
        ".#checks",
        &format!("{{ imports = [ {{ {SERVICES} }} {{ {mistakes} }} ]; }}"),
        100,
        &[
            "unknown directive \"retrun\" in /etc/nginx/nginx.conf:",
            "'services.nginx.validateConfigFile = false;' goes without",
            "/etc/logrotate.conf:",
            "'services.logrotate.checkConfig = false;' goes without",
            "Invalid directive",
            "'image.checks.chrony.enable = false;' goes without",
            "bad minute",
            "'image.checks.cron.enable = false;' goes without",
            "Invalid key 'SUBSYTEM'",
            "  defined: `services.udev.extraRules' (PROJECT/configuration.nix:",
            " goes without this check",
        ],
    );
}

#[test]
fn a_check_that_is_off_is_in_the_manifest() {
    let wrong = "services.openssh.settings.KexAlgorithms = [ \"no-such-kex\" ];";
    let off = "image.checks.sshd.enable = false;";
    let folder = machine(&format!("{{ {wrong} {off} }}"));
    let mut command = hardpan(&shared_data_folder());
    command.current_dir(folder.path()).args([
        "build",
        "--no-link",
        "--print-out-paths",
        ".#nixosConfigurations.m.config.system.build.root",
    ]);
    let root = crate::support::built_path(&succeed(&mut command));
    let manifest = std::fs::read(root.join("manifest.json")).expect("a root has a manifest");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("it is JSON");
    assert_eq!(manifest["checksOff"], serde_json::json!(["sshd"]));
    accepts(&format!("{{ {wrong} image.checks.enable = false; }}"));
}

#[test]
fn a_check_of_the_configuration_is_three_lines() {
    let own = |content: &str| {
        format!(
            "{{ environment.etc.\"x.conf\".text = \"{content}\"; image.checks.x = {{ files = [ \"/etc/x.conf\" ]; \
             command = \"grep --quiet good $root/etc/x.conf || {{ echo not good; false; }}\"; \
             options = [ \"environment.etc\" ]; }}; }}"
        )
    };
    accepts(&own("good"));
    check(
        &own("bad"),
        &["> not good"],
        "environment.etc.\"x.conf\"",
        "image.checks.x.enable",
    );
}

#[test]
fn what_did_not_change_is_not_checked_again() {
    let first = accepts("{ services.openssh.settings.MaxAuthTries = 3; }");
    let again = accepts("{\n # Another line.\n services.openssh.settings.MaxAuthTries = 3; }");
    assert!(!again.contains("check-"), "{first}\n{again}");
    let other = accepts("{ services.openssh.settings.MaxAuthTries = 3; users.motd = \"x\"; }");
    assert!(!other.contains("check-"), "{other}");
}
