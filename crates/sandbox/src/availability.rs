//! Whether this machine allows sandboxes, and what to do where it does not.

use std::fs;
use std::path::Path;

use crate::error::SandboxError;
use crate::operation::Operation;
use crate::plan;
use crate::spawn;
use crate::spec::{Network, Spec};

/// What this machine says about user namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostFacts {
    /// How many user namespaces there may be (`user.max_user_namespaces`).
    pub namespace_limit: Option<u64>,
    /// Debian's switch (`kernel.unprivileged_userns_clone`).
    pub unprivileged_clone: Option<u64>,
    /// Ubuntu's switch (`kernel.apparmor_restrict_unprivileged_userns`).
    pub apparmor_restriction: Option<u64>,
    /// The kernel's release.
    pub kernel: String,
    /// Whether this is the inside of a container.
    pub container: bool,
}

impl HostFacts {
    /// The facts about this machine.
    pub fn read() -> Self {
        Self::read_below(Path::new("/"))
    }

    /// The facts as the files below another root tell them.
    pub fn read_below(root: &Path) -> Self {
        let text = |file: &str| fs::read_to_string(root.join(file)).ok();
        let number = |file: &str| text(file).and_then(|text| text.trim().parse().ok());
        Self {
            namespace_limit: number("proc/sys/user/max_user_namespaces"),
            unprivileged_clone: number("proc/sys/kernel/unprivileged_userns_clone"),
            apparmor_restriction: number("proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
            kernel: text("proc/sys/kernel/osrelease")
                .unwrap_or_default()
                .trim()
                .to_owned(),
            container: [".dockerenv", "run/.containerenv"]
                .iter()
                .any(|file| root.join(file).exists()),
        }
    }

    fn kernel_version(&self) -> Option<(u32, u32)> {
        let mut numbers = self.kernel.split(|character: char| !character.is_ascii_digit());
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    }
}

/// Makes a sandbox with nothing in it, mounted on the empty directory `scratch`, and says why if that fails.
pub fn check(scratch: &Path) -> Result<(), SandboxError> {
    let spec = Spec {
        program: "/".into(),
        arguments: Vec::new(),
        environment: std::collections::BTreeMap::new(),
        directory: "/".into(),
        scratch: scratch.to_owned(),
        entries: Vec::new(),
        network: Network::None,
        devices: Default::default(),
    };
    let mut operations = plan::plan(&spec, spawn::identity())?;
    operations.retain(|operation| !matches!(operation, Operation::Execute { .. }));
    let nowhere = fs::File::options()
        .write(true)
        .open("/dev/null")
        .map_err(SandboxError::host("open '/dev/null'"))?;
    let output = std::os::fd::AsRawFd::as_raw_fd(&nowhere);
    let mut process = spawn::start(&operations, spec.network, output)?;
    process
        .wait()
        .map(|_| ())
        .map_err(SandboxError::host("wait for the trial sandbox"))
}

/// What to do about a refusal with error number `error`.
pub(crate) fn hint(facts: &HostFacts, error: i32) -> String {
    let kernel = &facts.kernel;
    if facts.namespace_limit == Some(0) {
        return advice(
            "this machine allows no user namespaces",
            "sudo sysctl -w user.max_user_namespaces=15000",
        );
    }
    if facts.unprivileged_clone == Some(0) {
        return advice(
            "only root may make user namespaces here",
            "sudo sysctl -w kernel.unprivileged_userns_clone=1",
        );
    }
    if facts.apparmor_restriction.is_some_and(|value| value != 0) {
        return advice(
            "AppArmor lets only programs that it knows use user namespaces",
            "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        );
    }
    if facts.kernel_version().is_none_or(|version| version < (5, 12)) {
        return format!("sandboxes need Linux 5.12 or newer with user namespaces; this is '{kernel}'");
    }
    if error == libc::ENOSPC || error == libc::EUSERS {
        return advice(
            "there are as many user namespaces as this machine allows, or they are nested too deep",
            "sudo sysctl -w user.max_user_namespaces=15000",
        );
    }
    if facts.container {
        return "this container may make no namespaces; start it with \
                'docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
                --security-opt systempaths=unconfined'"
            .to_owned();
    }
    "user namespaces are forbidden by a security module or by the service that this runs in \
     (systemd: RestrictNamespaces=); see whether 'unshare --user --map-root-user --mount true' works"
        .to_owned()
}

fn advice(reason: &str, command: &str) -> String {
    format!("{reason}; allow them with '{command}' (in /etc/sysctl.d to keep it)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modern() -> HostFacts {
        HostFacts {
            namespace_limit: Some(96_365),
            kernel: "6.12.1-amd64".to_owned(),
            ..HostFacts::default()
        }
    }

    #[test]
    fn each_way_of_forbidding_gets_its_own_advice() {
        let refused = libc::EPERM;
        let table: [(HostFacts, i32, &str); 8] = [
            (
                HostFacts {
                    namespace_limit: Some(0),
                    ..modern()
                },
                libc::ENOSPC,
                "max_user_namespaces=15000",
            ),
            (
                HostFacts {
                    unprivileged_clone: Some(0),
                    ..modern()
                },
                refused,
                "unprivileged_userns_clone=1",
            ),
            (
                HostFacts {
                    apparmor_restriction: Some(1),
                    ..modern()
                },
                refused,
                "apparmor_restrict_unprivileged_userns=0",
            ),
            (
                HostFacts {
                    kernel: "5.10.0-9".to_owned(),
                    ..modern()
                },
                libc::EINVAL,
                "'5.10.0-9'",
            ),
            (modern(), libc::ENOSYS, "RestrictNamespaces"),
            (modern(), libc::ENOSPC, "nested too deep"),
            (
                HostFacts {
                    container: true,
                    ..modern()
                },
                refused,
                "docker run",
            ),
            (modern(), refused, "RestrictNamespaces"),
        ];
        for (facts, error, expected) in table {
            let hint = hint(&facts, error);
            assert!(hint.contains(expected), "{expected}: {hint}");
        }
    }

    #[test]
    fn facts_come_from_the_files_of_a_root() {
        let root = tempfile::tempdir().unwrap();
        let kernel = root.path().join("proc/sys/kernel");
        fs::create_dir_all(&kernel).unwrap();
        fs::write(kernel.join("unprivileged_userns_clone"), "0\n").unwrap();
        fs::write(kernel.join("osrelease"), "6.1.0-rc1\n").unwrap();
        let facts = HostFacts::read_below(root.path());
        assert_eq!((facts.unprivileged_clone, facts.namespace_limit), (Some(0), None));
        assert_eq!(facts.kernel_version(), Some((6, 1)));
    }
}
