//! Ended in the middle of a download: nothing half-written is ever taken for a store path.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crate::project::Project;

/// A server that never comes to an end; tells when somebody began to download.
pub fn slow_server() -> (String, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    let address = format!(
        "http://{}/file",
        listener.local_addr().expect("it has an address")
    );
    let (began, download) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut request = [0; 1024];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
            let _ = began.send(());
            while stream.write_all(&[0; 1000]).is_ok() {
                thread::sleep(Duration::from_millis(20));
            }
        }
    });
    (address, download)
}

/// A flake whose package is a file of that server.
pub fn endless_download(address: &str) -> String {
    format!(
        r#"{{ outputs = _: {{ packages.x86_64-linux.default = derivation {{
          name = "file"; system = "builtin"; builder = "builtin:fetchurl"; url = "{address}";
          outputHashMode = "flat"; outputHashAlgo = "sha256";
          outputHash = "0000000000000000000000000000000000000000000000000000";
        }}; }}; }}"#
    )
}

/// Starts a build that downloads, and sends it a signal once it does.
fn end_with(project: &Project, signal: &str) -> ExitStatus {
    let (address, download) = slow_server();
    project.write("project/flake.nix", &endless_download(&address));
    let mut command = project.command(&["build"]);
    command.stderr(std::process::Stdio::null());
    let mut child: Child = command.spawn().expect("the command starts");
    download
        .recv_timeout(Duration::from_secs(60))
        .expect("the download begins");
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(sent.expect("kill is there").success());
    child.wait().expect("it ends")
}

/// Nothing is valid that is not whole, and nothing lies about.
pub fn check_nothing_is_left(project: &Project) {
    assert!(!project.path("project/result").exists());
    let run = project.run(&["store", "verify"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let store = project.path("home/.local/share/hardpan/nix/store");
    let names: Vec<_> = std::fs::read_dir(store)
        .expect("the store is there")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(names.iter().all(|name| !name.ends_with("-file")), "{names:?}");
    let staging = project.path("home/.local/share/hardpan/nix/var/hardpan/staging");
    let left = std::fs::read_dir(staging)
        .expect("the staging area is there")
        .count();
    assert_eq!(left, 0, "the next run sweeps what a dead one left");
}

#[test]
fn an_interrupted_build_ends_with_130() {
    let project = Project::new();
    let status = end_with(&project, "-INT");
    assert_eq!(status.code(), Some(130));
    check_nothing_is_left(&project);
}

#[test]
fn a_killed_build_leaves_nothing_half_done() {
    let project = Project::new();
    let status = end_with(&project, "-KILL");
    assert_eq!(status.code(), None);
    check_nothing_is_left(&project);
}
