//! A binary cache in a bucket: written, read and refused by a server that checks signatures.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::project::{Project, Run, WRITE};

/// The server of `tests/s3`, ended when dropped.
struct Server {
    process: Child,
    port: String,
    id: String,
    secret: String,
}

impl Server {
    /// Nothing where the machine does not have moto.
    fn start() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let usual = folder.join("target/moto/bin/python");
        let python = std::env::var_os("MOTO_PYTHON").map_or(usual, PathBuf::from);
        if !python.exists() {
            println!(
                "skipped: no Python with moto ($MOTO_PYTHON, target/moto): 's3://' is not tried on a server"
            );
            return None;
        }
        let mut process = Command::new(python)
            .arg(folder.join("tests/s3/server.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Python starts");
        let lines = BufReader::new(process.stdout.take().expect("it was asked for")).lines();
        let said: Vec<String> = lines.take(3).map_while(Result::ok).collect();
        let [port, id, secret] = said.try_into().expect("the server says where it is");
        Some(Self {
            process,
            port,
            id,
            secret,
        })
    }

    /// Runs the command with the keys of the server's user, or another secret.
    fn run(&self, project: &Project, secret: &str, arguments: &[&str]) -> Run {
        let mut command = project.command(arguments);
        command
            .env("AWS_ACCESS_KEY_ID", &self.id)
            .env("AWS_SECRET_ACCESS_KEY", secret);
        project.outcome(&mut command)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_bucket_is_a_binary_cache_for_those_with_its_key() {
    let Some(server) = Server::start() else { return };
    let flake = format!("{{ outputs = {{ self }}: let {WRITE} in {{ a = write \"a b\" \"content\"; }}; }}")
        .replace("a b", "a+b");
    let writer = Project::with_flake(&flake);
    let path = writer.succeed(&["eval", "--raw", ".#a"]);
    writer.succeed(&["build", ".#a", "--no-link"]);
    let cache = format!(
        "s3://cache/folder?endpoint=http://127.0.0.1:{}&region=eu-central-1",
        server.port
    );

    let refused = server.run(&writer, "another secret", &["copy", "--to", &cache, &path]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(refused.err.contains("403"), "{}", refused.err);

    let written = server.run(&writer, &server.secret, &["copy", "--to", &cache, &path]);
    assert_eq!(written.code, 0, "{}", written.err);

    let reader = Project::new();
    let arguments = ["copy", "--no-check-sigs", "--from", &cache, &path];
    let read = server.run(&reader, &server.secret, &arguments);
    assert_eq!(read.code, 0, "{}", read.err);
    let copied = std::fs::read_to_string(reader.physical(&path)).expect("it was copied");
    assert_eq!(copied, "content");

    let stranger = server.run(&Project::new(), "another secret", &arguments);
    assert_eq!(stranger.code, 1, "{}", stranger.err);
}
