//! Files of systemd: units and tmpfiles.d.

use crate::evaluate;

#[test]
fn specifiers_of_a_units_environment_keep_their_meaning() {
    let files = evaluate(
        r#"{
          systemd.services.spec.environment = { WHERE = "%S/spec"; HALF = "100%%"; };
          systemd.services."mnt-my\\x2ddata-prep".script = "echo ran";
          systemd.user.services."a\\x2db".script = "echo ran";
          systemd.globalEnvironment.QUOTED = "a \"b\"";
        }"#,
        "config: builtins.mapAttrs (_: file: file.text or null) config.image.root.files",
    );
    for (file, part) in [
        (
            "/etc/systemd/system/spec.service",
            "Environment=\"HALF=100%%\"\nEnvironment=\"WHERE=%S/spec\"\n",
        ),
        (
            "/etc/systemd/system/mnt-my\\x2ddata-prep.service",
            "ExecStart=/usr/lib/hardpan/units/mnt-my\\\\x2ddata-prep-start\n",
        ),
        ("/usr/lib/hardpan/units/mnt-my\\x2ddata-prep-start", "echo ran"),
        (
            "/etc/systemd/user/a\\x2db.service",
            "ExecStart=/usr/lib/hardpan/units/user-a\\\\x2db-start\n",
        ),
        ("/usr/lib/hardpan/units/user-a\\x2db-start", "echo ran"),
        (
            "/etc/systemd/system.conf",
            "DefaultEnvironment=\"QUOTED=a \\\"b\\\"\"\n",
        ),
    ] {
        let text = files[file]
            .as_str()
            .unwrap_or_else(|| panic!("{file} is not there"));
        assert!(text.contains(part), "{file}: {part:?} is not in\n{text}");
    }
}
