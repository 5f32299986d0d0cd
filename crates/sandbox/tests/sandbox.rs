//! The promises of the sandbox, asked of a shell inside. The tree shown is this machine's `/usr`.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use sandbox::{Access, Activity, Entry, Network, Running, SandboxError, Spec, spawn};

struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for name in ["scratch", "build", "tree/etc"] {
            fs::create_dir_all(directory.path().join(name)).unwrap();
        }
        let tree = directory.path().join("tree");
        for name in ["bin", "lib", "lib64", "sbin"] {
            symlink(format!("usr/{name}"), tree.join(name)).unwrap();
        }
        fs::write(tree.join("etc/of-the-tree"), "shown\n").unwrap();
        fs::write(tree.join("etc/passwd"), "not shown\n").unwrap();
        Self { directory }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn spec(&self, script: &str) -> Spec {
        let mut spec = Spec {
            program: "/bin/sh".into(),
            arguments: ["sh", "-c", script].map(Into::into).to_vec(),
            environment: BTreeMap::from([("PATH".into(), "/usr/bin:/usr/sbin".into())]),
            directory: "/build".into(),
            scratch: self.at("scratch"),
            entries: vec![
                bind(&self.at("build"), "/build", Access::Write),
                bind(Path::new("/usr"), "/usr", Access::Read),
                Entry::File {
                    path: "/etc/passwd".into(),
                    contents: b"builder:x:1000:100::/build:/bin/sh\n".to_vec(),
                },
            ],
            network: Network::None,
            devices: Default::default(),
        };
        spec.show_tree(&self.at("tree")).unwrap();
        spec
    }
}

fn bind(source: &Path, path: &str, access: Access) -> Entry {
    Entry::Bind {
        source: source.to_owned(),
        path: path.into(),
        access,
    }
}

fn finish(running: &mut Running) -> (ExitStatus, String) {
    let (mut output, mut buffer) = (Vec::new(), [0; 4096]);
    let began = Instant::now();
    loop {
        match running.next(&mut buffer, Duration::from_secs(1)).unwrap() {
            Activity::Output(count) => output.extend_from_slice(&buffer[..count]),
            Activity::Ended(status) => return (status, String::from_utf8_lossy(&output).into_owned()),
            Activity::Quiet => assert!(began.elapsed() < Duration::from_secs(60), "it does not end"),
        }
    }
}

fn run(spec: &Spec) -> (ExitStatus, String) {
    finish(&mut spawn(spec).unwrap())
}

#[track_caller]
fn check(script: &str, expected: &str) {
    let place = Place::new();
    let (status, output) = run(&place.spec(script));
    assert_eq!(output, expected, "{script}\n{status}");
}

#[test]
fn a_program_sees_only_what_it_is_given() {
    check(
        "pwd; ls -1d /*",
        "/build\n/bin\n/build\n/dev\n/etc\n/lib\n/lib64\n/proc\n/sbin\n/tmp\n/usr\n",
    );
    check("ls -1 /etc; cat /etc/of-the-tree", "of-the-tree\npasswd\nshown\n");
    check(
        "ls -1 /dev",
        "fd\nfull\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n",
    );
    check(
        "env | grep -v '^PWD\\|^_\\|^SHLVL\\|^OLDPWD'",
        "PATH=/usr/bin:/usr/sbin\n",
    );
    check(
        "ls -1 /proc/self/fd | wc -l; ls /proc | grep -c '^[0-9]'",
        "4\n3\n",
    );
    check("cat /proc/self/cgroup | grep -v ':/$'", "");
}

#[test]
fn a_program_is_an_ordinary_user_of_a_machine_called_localhost() {
    check(
        "id -u; id -g; whoami; uname -n; umask",
        "1000\n100\nbuilder\nlocalhost\n0022\n",
    );
    check(
        "grep -E 'Cap(Prm|Eff|Bnd|Amb)' /proc/self/status | cut -f2 | sort -u",
        "0000000000000000\n",
    );
    check(
        "grep -E 'NoNewPrivs|Seccomp:' /proc/self/status",
        "NoNewPrivs:\t1\nSeccomp:\t2\n",
    );
    check(
        "echo $$; ulimit -c; cat /proc/self/personality",
        "1\n0\n00040000\n",
    );
    check(
        "grep -E 'Sig(Ign|Blk)' /proc/self/status | cut -f2 | sort -u",
        "0000000000000000\n",
    );
}

#[test]
fn a_program_can_write_only_where_it_may() {
    let refused = |place: &str| format!("touch: cannot touch '{place}/x': Read-only file system\n");
    for place in ["", "/usr", "/etc"] {
        check(&format!("touch {place}/x"), &refused(place));
    }
    check("touch /tmp/x /build/x /dev/shm/x && ls /build", "x\n");
    check(
        "echo x > /dev/null; head -c3 /dev/zero | wc -c; echo x > /dev/full",
        "3\nsh: 1: echo: echo: I/O error\n",
    );
    check(
        "echo 0 2>&- > /proc/sys/kernel/core_pattern || echo refused",
        "refused\n",
    );
}

#[test]
fn files_get_no_setuid_bit() {
    check(
        "touch x; chmod 755 x; chmod u+s x",
        "chmod: changing permissions of 'x': Operation not permitted\n",
    );
    check("touch x; chmod 1644 x; stat -c %a x", "1644\n");
}

/// What Perl, which every Debian has, says to a script; `call` makes a system call and prints the error's name.
fn perl(script: &str) -> String {
    let errors = "EPERM EACCES ENOSYS EAFNOSUPPORT ECONNREFUSED ESRCH EEXIST ENOENT EINVAL EBADF";
    format!(
        "perl -MSocket -MErrno=:POSIX -MFcntl -e '$| = 1; sub named {{ for (qw({errors})) {{ return $_ if $!{{$_}} }} \
         $! + 0 }} sub call {{ my $n = shift; my @a = @_; my $r = syscall($n, @a); \
         print $r < 0 ? named() : \"done\", \"\\n\" }} {script}'"
    )
}

#[cfg(target_arch = "x86_64")]
#[test]
fn no_call_makes_a_file_with_a_setuid_bit() {
    let table = [
        ("open", "call(2, \"f1\", O_CREAT|O_WRONLY, 04755)", "EPERM"),
        (
            "open, setgid",
            "call(2, \"f2\", O_CREAT|O_WRONLY, 02755)",
            "EPERM",
        ),
        (
            "openat",
            "call(257, -100, \"f3\", O_CREAT|O_WRONLY, 06755)",
            "EPERM",
        ),
        (
            "openat without a name",
            "call(257, -100, \".\", 020200002, 04755)",
            "EPERM",
        ),
        ("creat", "call(85, \"f4\", 04755)", "EPERM"),
        ("mknod", "call(133, \"f5\", 0104755, 0)", "EPERM"),
        ("mknodat", "call(259, -100, \"f6\", 0102755, 0)", "EPERM"),
        ("mkdir", "call(83, \"d1\", 02755)", "EPERM"),
        ("mkdirat", "call(258, -100, \"d2\", 04755)", "EPERM"),
        (
            "openat2",
            "my $how = pack(\"QQQ\", O_CREAT|O_WRONLY, 04755, 0); call(437, -100, \"f7\", $how, 24)",
            "ENOSYS",
        ),
        (
            "chmod",
            "sysopen(F, \"f8\", O_CREAT|O_WRONLY, 0755); call(90, \"f8\", 04755)",
            "EPERM",
        ),
        (
            "an ordinary file",
            "call(2, \"f9\", O_CREAT|O_WRONLY, 0755)",
            "done",
        ),
        (
            "an old file, whatever the mode",
            "call(2, \"/dev/null\", O_WRONLY, 06755)",
            "done",
        ),
    ];
    let scripts: Vec<String> = table.iter().map(|(_, script, _)| perl(script)).collect();
    let place = Place::new();
    let (status, output) = run(&place.spec(&scripts.join("; ")));
    for ((name, _, expected), got) in table.iter().zip(output.lines()) {
        assert_eq!(got, *expected, "{name}");
    }
    assert_eq!(output.lines().count(), table.len(), "{output}\n{status}");
    for entry in fs::read_dir(place.at("build")).unwrap() {
        let mode = std::os::unix::fs::PermissionsExt::mode(&entry.unwrap().metadata().unwrap().permissions());
        assert_eq!(mode & 0o6000, 0);
    }
}

#[test]
fn sockets_are_those_of_ordinary_programs() {
    let families = [(1, "done"), (2, "done"), (10, "done"), (16, "done")];
    let odd = [17, 29, 38, 40, 44].map(|family| (family, "EAFNOSUPPORT"));
    for (family, expected) in families.into_iter().chain(odd) {
        let script =
            format!("socket(S, {family}, SOCK_DGRAM, 0) ? print \"done\\n\" : print named(), \"\\n\"");
        check(&perl(&script), &format!("{expected}\n"));
    }
}

/// Whether this kernel can keep a process from others' abstract sockets (Landlock's sixth interface).
fn landlock_has_scopes() -> bool {
    // `landlock_create_ruleset` with the flag that asks for the version.
    let asked = std::process::Command::new("perl")
        .args(["-e", "print syscall(444, 0, 0, 1)"])
        .output();
    let version = asked.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    version.is_ok_and(|version| version.parse().is_ok_and(|version: i32| version >= 6))
}

#[test]
fn a_build_with_the_network_reaches_no_abstract_socket_of_this_machine() {
    use std::os::linux::net::SocketAddrExt as _;
    if !landlock_has_scopes() {
        eprintln!("skipped: this kernel has no Landlock scopes");
        return;
    }
    let name = format!("hardpan-test-{}", std::process::id());
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
    let _listener = std::os::unix::net::UnixListener::bind_addr(&address).unwrap();
    let script = format!(
        "socket(S, AF_UNIX, SOCK_STREAM, 0); connect(S, pack_sockaddr_un(\"\\0{name}\")) ? print \"done\\n\" \
         : print named(), \"\\n\""
    );
    let place = Place::new();
    let mut spec = place.spec(&perl(&script));
    spec.network = Network::Host;
    assert_eq!(run(&spec).1, "EPERM\n");
    // Its own it may have.
    check(
        &perl(
            "socket(L, AF_UNIX, SOCK_STREAM, 0); bind(L, pack_sockaddr_un(\"\\0own\")); listen(L, 1); socket(S, \
             AF_UNIX, SOCK_STREAM, 0); connect(S, pack_sockaddr_un(\"\\0own\")) ? print \"done\\n\" : print named()",
        ),
        "done\n",
    );
}

#[test]
fn a_tree_with_links_in_the_place_of_its_folders_is_not_shown() {
    let place = Place::new();
    fs::create_dir(place.at("secret")).unwrap();
    fs::write(place.at("secret/key"), "secret").unwrap();
    symlink("secret", place.at("tree-link")).unwrap();
    fs::create_dir(place.at("second")).unwrap();
    symlink("../secret", place.at("second/etc")).unwrap();
    for (tree, name) in [("tree-link", "tree-link"), ("second", "etc")] {
        let mut spec = place.spec("true");
        let error = spec.show_tree(&place.at(tree)).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(
            cause.contains(name) && cause.contains("symbolic link"),
            "{error}: {cause}"
        );
    }
}

#[test]
fn the_only_network_device_is_loopback() {
    check(
        "grep -c : /proc/net/dev; grep -o '127.0.0.1' /proc/net/fib_trie | sort -u",
        "1\n127.0.0.1\n",
    );
    let place = Place::new();
    let mut spec = place.spec("grep : /proc/net/dev | cut -d: -f1 | sort");
    spec.network = Network::Host;
    let devices = fs::read_to_string("/proc/net/dev").unwrap();
    assert_eq!(
        run(&spec).1.lines().count(),
        devices.lines().filter(|line| line.contains(':')).count()
    );
}

#[test]
fn output_comes_in_order_with_standard_error_and_without_carriage_returns() {
    check(
        "echo a; echo b >&2; echo c; test -t 1 && echo terminal",
        "a\nb\nc\nterminal\n",
    );
    check("cat", "");
}

#[test]
fn the_exit_status_is_that_of_the_program() {
    let place = Place::new();
    assert_eq!(run(&place.spec("exit 7")).0.code(), Some(7));
    assert_eq!(
        run(&place.spec("sleep 60 & exit 0")).0.code(),
        Some(0),
        "what is left behind is killed"
    );
    assert_eq!(
        run(&place.spec("exec >&- 2>&-; sleep 0.2; exit 3")).0.code(),
        Some(3)
    );
}

#[test]
fn killing_ends_everything_at_once() {
    let place = Place::new();
    let mut running =
        spawn(&place.spec("trap '' TERM INT HUP; sleep 60 & echo ready; sleep 60; echo never")).unwrap();
    let mut buffer = [0; 64];
    assert_eq!(
        running.next(&mut buffer, Duration::from_secs(60)).unwrap(),
        Activity::Output(6)
    );
    running.kill();
    let (status, output) = finish(&mut running);
    assert_eq!((status.signal(), output.as_str()), (Some(9), ""));
}

#[test]
fn a_program_dies_with_the_thread_that_started_it() {
    let place = Place::new();
    let spec = place.spec("echo ready; sleep 60");
    let starting = std::thread::spawn(move || {
        let mut running = spawn(&spec).unwrap();
        running.next(&mut [0; 64], Duration::from_secs(60)).unwrap();
        running
    });
    let (status, _) = finish(&mut starting.join().unwrap());
    assert_eq!(status.signal(), Some(9));
}

#[test]
fn what_is_dropped_is_gone() {
    let place = Place::new();
    let mut running = spawn(&place.spec("echo ready; sleep 60; touch /build/late")).unwrap();
    running.next(&mut [0; 64], Duration::from_secs(60)).unwrap();
    drop(running);
    assert_eq!(fs::read_dir(place.at("build")).unwrap().count(), 0);
    assert_eq!(
        fs::read_dir(place.at("scratch")).unwrap().count(),
        0,
        "nothing stays mounted"
    );
}

#[test]
fn failures_say_what_could_not_be_done() {
    let place = Place::new();
    let error = |change: &dyn Fn(&mut Spec)| {
        let mut spec = place.spec("true");
        change(&mut spec);
        spawn(&spec).unwrap_err()
    };
    let missing = error(&|spec| spec.program = "/bin/no-such-shell".into());
    assert!(matches!(&missing, SandboxError::Execute { program, .. } if program.ends_with("no-such-shell")));
    let directory = error(&|spec| spec.directory = "/nowhere".into());
    assert_eq!(
        directory.to_string(),
        "cannot go to '/nowhere' while setting the sandbox up"
    );
    let source = error(&|spec| spec.entries.push(bind(Path::new("/no/such"), "/x", Access::Read)));
    assert_eq!(source.to_string(), "cannot look at '/no/such'");
    let scratch = error(&|spec| spec.scratch = "/no/such".into());
    assert_eq!(
        scratch.to_string(),
        "cannot mount the root on '/no/such' while setting the sandbox up"
    );
    let zero = error(&|spec| spec.arguments.push("a\0b".into()));
    assert!(matches!(zero, SandboxError::ZeroByte { .. }));
}

#[test]
fn this_machine_allows_sandboxes() {
    let place = Place::new();
    sandbox::check(&place.at("scratch")).unwrap();
}
