//! Two definitions of one thing are NixOS's answer: an error, or a merge; never whichever comes first.

use crate::{evaluate, is_refused, objections};

#[test]
fn what_two_definitions_name_by_another_field_is_refused() {
    for (module, expected) in [
        (
            "{ environment.etc.a = { target = \"x/y\"; text = \"1\"; }; environment.etc.b = { target = \"x//y\"; text = \"2\"; }; }",
            "/etc/x/y is made with different contents by environment.etc.a and environment.etc.b",
        ),
        (
            "{ environment.etc.a = { target = \"../x\"; text = \"1\"; }; }",
            "environment.etc.a.target is `../x'",
        ),
        (
            "{ systemd.services.a = { script = \"true\"; aliases = [ \"b.service\" ]; }; systemd.services.b.script = \"false\"; }",
            "Two units make /etc/systemd/system/b.service",
        ),
        (
            "{ systemd.mounts = [ { what = \"a\"; where = \"/m\"; } { what = \"b\"; where = \"/m/\"; } ]; }",
            "`systemd.units.\"m.mount\".text' has conflicting definition values",
        ),
        (
            "{ virtualisation.oci-containers.containers = { a = { image = \"x\"; serviceName = \"s\"; }; b = { image = \"y\"; serviceName = \"s\"; }; }; }",
            "Several of virtualisation.oci-containers.containers have the serviceName s",
        ),
        (
            "{ security.pam.services.a = { name = \"login\"; rootOK = true; }; }",
            "Several of security.pam.services are called login",
        ),
        (
            "{ fileSystems.\"/data/\" = { device = \"/dev/vdb\"; fsType = \"ext4\"; }; }",
            "`fileSystems.\"/data/\".mountPoint' is not of type",
        ),
    ] {
        let all = "config: builtins.deepSeq [ (builtins.mapAttrs (_: f: f.text or f.target or null) config.image.root.files) config.fileSystems ] null";
        is_refused(module, all, &[expected]);
    }
    let said = objections(
        r#"{
          users.users.a = { name = "x"; isNormalUser = true; }; users.users.b = { name = "x"; isNormalUser = true; };
          users.groups.a.name = "g"; users.groups.b.name = "g";
          fileSystems.a = { mountPoint = "/data"; device = "/dev/vdb"; fsType = "ext4"; };
          fileSystems."/data" = { device = "/dev/vdc"; fsType = "ext4"; };
          fileSystems."/more" = { device = "/dev/vdd"; fsType = "ext4"; };
          systemd.mounts = [ { what = "/dev/vde"; where = "/more"; } ];
          services.nginx = { enable = true; virtualHosts.a.serverName = "n.example"; virtualHosts.b.serverAliases = [ "n.example" ]; };
          swapDevices = [ { device = "/var/swap"; size = 1; } { device = "/var/swap"; size = 2; } ];
        }"#,
    );
    for part in [
        "Several of users.users are called x",
        "Several of users.groups are called g",
        "/data is the mount point of several",
        "/more is the mount point of several",
        "swapDevices has /var/swap several times",
        "Several of services.nginx.virtualHosts answer to n.example at 0.0.0.0:80",
    ] {
        assert!(said.contains(part), "{part:?} is missing:\n{said}");
    }
}

#[test]
fn settings_of_units_are_joined_as_soon_as_one_is_a_list() {
    let module = r#"{ lib, ... }: {
      imports = [ {
        systemd.services.a.serviceConfig = { ReadWritePaths = "/b"; Same = "x"; Nothing = null; };
        systemd.services.a.unitConfig.After = [ "c.service" ];
      } ];
      systemd.services.a = {
        after = [ "b.service" ];
        preStart = "true";
        script = "echo";
        scriptArgs = "1 2";
        startAt = "daily";
        serviceConfig = { ReadWritePaths = [ "/a" ]; Same = "x"; ExecStartPre = [ "/usr/bin/true" ]; Long = "a \\\n  b\n"; };
      };
      environment.etc.a = { target = "same"; text = "1"; };
      environment.etc.b = { target = "./same"; text = "1"; };
      systemd.tmpfiles.rules = [ "d /a" ];
      systemd.tmpfiles.settings."00-nixos"."/b".d = { };
      security.sudo.extraRules = lib.mkBefore [ { users = [ "first" ]; commands = [ "ALL" ]; } ];
    }"#;
    let files = evaluate(
        module,
        "config: builtins.mapAttrs (_: file: file.text or null) config.image.root.files",
    );
    let unit = files["/etc/systemd/system/a.service"].as_str().expect("a unit");
    for part in [
        "[Unit]\nAfter=b.service\nAfter=c.service\n",
        "ExecStart=/usr/lib/hardpan/units/a-start 1 2\n",
        "ExecStartPre=/usr/bin/true\n",
        "ExecStartPre=/usr/lib/hardpan/units/a-pre-start\n",
        "ReadWritePaths=/a\n",
        "ReadWritePaths=/b\n",
        "Same=x\n",
        "Long=a \\\n  b\n",
    ] {
        assert!(unit.contains(part), "{part:?} is not in\n{unit}");
    }
    assert_eq!(files["/etc/same"], "1");
    let rules = files["/etc/tmpfiles.d/00-nixos.conf"].as_str().expect("rules");
    assert!(
        rules.contains("d /a\n") && rules.contains("d /b - - - -\n"),
        "{rules}"
    );
    let sudoers = files["/etc/sudoers"].as_str().expect("sudoers");
    let place = |who: &str| {
        sudoers
            .find(who)
            .unwrap_or_else(|| panic!("{who} is not in\n{sudoers}"))
    };
    assert!(
        place("root ALL") < place("first ALL") && place("first ALL") < place("%wheel ALL"),
        "{sudoers}"
    );
}

#[test]
fn words_of_units_that_differ_are_refused() {
    let units = "config: config.systemd.units";
    for (settings, expected) in [
        (
            "wantedBy = \"multi-user.target\"",
            "`systemd.services.a.wantedBy' is not of type `list of",
        ),
        ("after = [ \"network\" ]", "systemd.services.a.after"),
        (
            "script = \"true\"; serviceConfig.ExecStart = \"/usr/bin/true\"",
            "`systemd.services.a.serviceConfig.ExecStart' has conflicting definition values",
        ),
        (
            "description = \"a\"; unitConfig.Description = \"b\"",
            "two values of Description",
        ),
        (
            "serviceConfig.ExecStart = \"/usr/bin/echo\\n  --all\"",
            "`systemd.services.a.serviceConfig.ExecStart' is not of type",
        ),
        (
            "serviceConfig.User = \"a\\\\\"",
            "`systemd.services.a.serviceConfig.User' is not of type",
        ),
        (
            "serviceConfig.Restart = { a = 1; }",
            "`systemd.services.a.serviceConfig.Restart' is not of type",
        ),
        (
            "description = \"a\\nb\"",
            "`systemd.services.a.description' is not of type",
        ),
        (
            "startAt = lib.mkMerge [ \"daily\" \"weekly\" ]",
            "`systemd.services.a.startAt' has conflicting",
        ),
    ] {
        is_refused(
            &format!("{{ lib, ... }}: {{ systemd.services.a = {{ {settings}; }}; }}"),
            units,
            &[expected],
        );
    }
}

#[test]
fn passwords_of_places_that_are_spelt_alike_do_not_mix() {
    let files = evaluate(
        r#"{ services.nginx = {
          enable = true;
          virtualHosts.a = {
            root = "/srv/a b";
            locations."/x/y".basicAuth.u = "one";
            locations."/x-y".basicAuth.u = "two";
          };
        }; }"#,
        crate::ETC,
    );
    let files = files.as_object().expect("texts by path");
    let passwords = files.iter().filter(|(path, _)| path.starts_with("nginx/auth/"));
    let mut passwords: Vec<&str> = passwords.filter_map(|(_, text)| text.as_str()).collect();
    passwords.sort_unstable();
    assert_eq!(passwords, ["u:{PLAIN}one\n", "u:{PLAIN}two\n"]);
    let configuration = files["nginx/nginx.conf"].as_str().expect("a text");
    assert!(configuration.contains("root \"/srv/a b\";"), "{configuration}");
}
