//! Debian's own programs, each run over a root with generated files: nothing is installed, and nobody else sees the
//! mounts.

use std::path::Path;
use std::process::Command;

use crate::support::{sysroot, text};

/// Mounts what programs need into each root and runs its script there.
const ENTER: &str = r#"
for root in "$1"/*/; do
  mount --bind "$2/usr" "$root/usr" && mount --rbind /dev "$root/dev" && mount --rbind /proc "$root/proc" &&
  mount -t tmpfs run "$root/run" && mount --rbind /sys "$root/sys" || exit 9
  chroot "$root" /usr/bin/bash /read
done
"#;

/// A root with `files`, in which `script` will be run. Only root has an account, whatever names the programs look for.
pub fn lay_out<'a>(root: &Path, script: &'a str, files: impl Iterator<Item = (&'a str, &'a str)>) {
    let accounts = [
        (
            "etc/passwd",
            "root:x:0:0:root:/root:/usr/bin/bash\nsystemd-network:x:0:0::/:/usr/bin/bash\n",
        ),
        ("etc/group", "root:x:0:\nsystemd-network:x:0:\n"),
        ("read", script),
    ];
    for folder in ["usr", "dev", "proc", "run", "sys", "out", "tmp", "root"] {
        std::fs::create_dir_all(root.join(folder)).expect("folders can be made");
    }
    for link in ["bin", "sbin", "lib", "lib64"] {
        std::os::unix::fs::symlink(format!("usr/{link}"), root.join(link)).expect("links can be made");
    }
    for (path, content) in accounts.into_iter().chain(files) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("it has a parent")).expect("folders can be made");
        std::fs::write(path, content).expect("files can be written");
    }
}

/// Runs the script of every root in `roots` with the programs of `packages`, or says why that cannot be done here.
pub fn run(roots: &Path, packages: &str, namespaces: &str) -> Result<(), String> {
    let tree = sysroot(packages);
    let mut command = Command::new("unshare");
    command.args([namespaces, "--propagation", "private", "sh", "-c", ENTER, "sh"]);
    command
        .arg(roots)
        .arg(&tree)
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let output = command.output().map_err(|error| error.to_string())?;
    match output.status.code() {
        Some(9) | None => Err(text(&output)),
        _ => Ok(()),
    }
}
