//! A binary cache, or whoever answers in its place.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::thread;

use crate::support::{hardpan, succeed, text};

/// `top` mentions `dep`.
const GRAPH: &str = r#"
let
  write = name: text: derivation {
    inherit name text;
    system = "builtin";
    builder = "builtin:hardpan-write-v1";
    executable = "";
    destination = "";
  };
  dep = write "dep" "hello from dep";
in
{ inherit dep; top = write "top" "see ${dep}"; }
"#;

/// What a server answers.
struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// Changes an honest answer to a question for `path`.
type Trick = fn(path: &str, reply: &mut Reply);

/// What comes of it.
enum Outcome {
    /// It is brought from the cache.
    Brought,
    /// It is built here, with this warning.
    Built(&'static str),
    /// The build ends with this, and nothing of it is valid.
    Refused(&'static str),
}
use Outcome::{Brought, Built, Refused};

const TRICKS: [(&str, Trick, Outcome); 22] = [
    ("an honest cache is used", |_, _| (), Brought),
    (
        "an archive that is gone counts as never offered",
        |path, reply| gone(path, reply, 404),
        Built("does not exist in the binary cache"),
    ),
    (
        "an archive that is gone for ever counts as never offered",
        |path, reply| gone(path, reply, 410),
        Built("does not exist in the binary cache"),
    ),
    (
        "an archive that may not be read counts as never offered",
        |path, reply| gone(path, reply, 403),
        Built("does not exist in the binary cache"),
    ),
    (
        "an archive that wants a password counts as never offered",
        |path, reply| gone(path, reply, 401),
        Built("does not exist in the binary cache"),
    ),
    (
        "a description that may not be read is none",
        |path, reply| {
            if path.ends_with(".narinfo") {
                reply.status = 403;
            }
        },
        Built(""),
    ),
    (
        "what a proxy packs for the way is unpacked",
        |_, reply| packed(reply, "gzip"),
        Brought,
    ),
    (
        "a description that is packed for the way is unpacked",
        |path, reply| {
            if path.ends_with(".narinfo") {
                packed(reply, "gzip");
            }
        },
        Brought,
    ),
    (
        "what is packed in a way that nobody knows is not used",
        |_, reply| reply.headers.push(("Content-Encoding", "br".to_owned())),
        Built("in a form that cannot be read"),
    ),
    (
        "blanks and line ends of other systems are no part of a description",
        |path, reply| change(path, reply, |text| text.replace('\n', "  \r\n") + "\r\n\r\n"),
        Brought,
    ),
    (
        "a redirection is followed",
        |path, reply| {
            if let Some(name) = path.strip_prefix("/nar/") {
                *reply = redirection(&format!("/moved/{name}"));
            }
        },
        Brought,
    ),
    (
        "a redirection without end is none",
        |path, reply| {
            if path.contains("/nar/") {
                *reply = redirection(path);
            }
        },
        Refused("cannot bring"),
    ),
    (
        "a description may name a place below the cache in full",
        |path, reply| change(path, reply, |text| text.replace("URL: nar/", "URL: /nar/")),
        Brought,
    ),
    (
        "a description cannot lead to a file of this machine",
        |path, reply| change(path, reply, |text| with_url(text, "file:///etc/passwd")),
        Refused("which is no place for it"),
    ),
    (
        "a description cannot lead out of the cache",
        |path, reply| change(path, reply, |text| with_url(text, "nar/../../../secret")),
        Refused("which is no place for it"),
    ),
    (
        "a digest of the packed archive that is wrong means nothing",
        |path, reply| {
            change(path, reply, |text| {
                let lines = text
                    .lines()
                    .filter(|line| !line.starts_with("FileHash") && !line.starts_with("FileSize"));
                let rest: String = lines.map(|line| format!("{line}\n")).collect();
                format!("{rest}FileHash: sha256:{}\nFileSize: 7\n", "0".repeat(52))
            });
        },
        Brought,
    ),
    (
        "another digest of the content is not believed",
        |path, reply| {
            change(path, reply, |text| {
                text.lines()
                    .map(|line| match line.starts_with("NarHash") {
                        true => format!("NarHash: sha256:{}\n", "0".repeat(52)),
                        false => format!("{line}\n"),
                    })
                    .collect()
            });
        },
        Built("has no signature by a key that is trusted"),
    ),
    (
        "other references are not believed",
        |path, reply| {
            change(path, reply, |text| {
                text.lines()
                    .map(|line| match line.starts_with("References") {
                        true => "References: \n".to_owned(),
                        false => format!("{line}\n"),
                    })
                    .collect()
            });
        },
        Built("has no signature by a key that is trusted"),
    ),
    (
        "a signature that cannot be read is none",
        |path, reply| {
            change(path, reply, |text| {
                let lines = text.lines().filter(|line| !line.starts_with("Sig"));
                let rest: String = lines.map(|line| format!("{line}\n")).collect();
                rest + "Sig: nonsense\n"
            });
        },
        Built("has no signature by a key that is trusted"),
    ),
    (
        "an archive with one byte changed is refused",
        |path, reply| {
            if path.starts_with("/nar/") {
                let middle = reply.body.len() / 2;
                reply.body[middle] ^= 1;
            }
        },
        Refused("cannot be used"),
    ),
    (
        "an archive that is cut off is refused",
        |path, reply| {
            if path.starts_with("/nar/") {
                reply.body.truncate(reply.body.len() / 2);
            }
        },
        Refused("cannot be used"),
    ),
    (
        "a page of a portal is no description",
        |_, reply| {
            *reply = Reply {
                status: 200,
                headers: Vec::new(),
                body: b"<html>Please log in</html>".to_vec(),
            }
        },
        Built("describes"),
    ),
];

fn gone(path: &str, reply: &mut Reply, status: u16) {
    if path.starts_with("/nar/") {
        reply.status = status;
    }
}

fn change(path: &str, reply: &mut Reply, change: impl Fn(&str) -> String) {
    if path.ends_with(".narinfo") && reply.status == 200 {
        reply.body = change(&String::from_utf8_lossy(&reply.body)).into_bytes();
    }
}

fn with_url(text: &str, url: &str) -> String {
    let line = |line: &str| match line.starts_with("URL:") {
        true => format!("URL: {url}\n"),
        false => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn packed(reply: &mut Reply, encoding: &str) {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&reply.body).expect("memory takes it");
    reply.body = encoder.finish().expect("memory takes it");
    reply.headers.push(("Content-Encoding", encoding.to_owned()));
}

fn redirection(to: &str) -> Reply {
    Reply {
        status: 302,
        headers: vec![("Location", to.to_owned())],
        body: Vec::new(),
    }
}

/// Serves `folder` with a trick until the test ends; gives its address.
fn serve(folder: PathBuf, trick: Trick) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = format!("http://{}", listener.local_addr().expect("it has an address"));
    let folder = Arc::new(folder);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = Arc::clone(&folder);
            thread::spawn(move || answer(stream, &folder, trick));
        }
    });
    address
}

fn answer(stream: TcpStream, folder: &Path, trick: Trick) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    while line.trim() != "" {
        line.clear();
        reader.read_line(&mut line).ok()?;
    }
    let file = folder.join(path.replace("/moved/", "/nar/").trim_start_matches('/'));
    let body = fs::read(file);
    let mut reply = Reply {
        status: if body.is_ok() { 200 } else { 404 },
        headers: Vec::new(),
        body: body.unwrap_or_default(),
    };
    trick(&path, &mut reply);
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {} X\r\nConnection: close\r\n", reply.status).ok()?;
    write!(stream, "Content-Length: {}\r\n", reply.body.len()).ok()?;
    for (name, value) in &reply.headers {
        write!(stream, "{name}: {value}\r\n").ok()?;
    }
    stream.write_all(b"\r\n").ok()?;
    stream.write_all(&reply.body).ok()?;
    stream.shutdown(std::net::Shutdown::Write).ok()?;
    let _ = stream.read(&mut [0; 64]);
    Some(())
}

/// A folder with the graph, a cache that has all of it, and the key that signed it.
struct Shelf {
    folder: tempfile::TempDir,
    public_key: String,
}

impl Shelf {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("graph.nix"), GRAPH).expect("it can be written");
        let mut key = hardpan(folder.path());
        let key = succeed(key.args(["key", "generate-secret", "--key-name", "test-1"]));
        let secret = folder.path().join("secret");
        fs::write(&secret, &key.stdout).expect("it can be written");
        let key = String::from_utf8(key.stdout).expect("keys are text");
        let parsed: nix_formats::SecretKey = key.trim().parse().expect("it is a key");
        let shelf = Self {
            public_key: parsed.public_key().to_string(),
            folder,
        };
        succeed(&mut shelf.build("maker", &[]));
        let to = format!(
            "file://{}?secret-key={}",
            shelf.folder.path().join("cache").display(),
            secret.display()
        );
        let mut copy = shelf.command("maker");
        succeed(copy.args(["copy", "--to", &to, "./result-maker"]));
        shelf
    }

    fn command(&self, store: &str) -> std::process::Command {
        let mut command = hardpan(&self.folder.path().join(store));
        command.current_dir(self.folder.path());
        command
    }

    fn build(&self, store: &str, options: &[&str]) -> std::process::Command {
        let mut command = self.command(store);
        command.args([
            "build",
            "--file",
            "graph.nix",
            "top",
            "--out-link",
            &format!("result-{store}"),
        ]);
        command.args(options);
        command
    }

    /// Builds in a new store with the caches at `addresses`.
    fn try_caches(&self, store: &str, addresses: &str) -> Output {
        let options = [
            "--option",
            "substituters",
            addresses,
            "--option",
            "trusted-public-keys",
        ];
        let more = ["--option", "download-attempts", "1"];
        let mut command = self.build(store, &options);
        command.arg(&self.public_key).args(more);
        command.output().expect("the command starts")
    }
}

#[test]
fn a_cache_can_bring_what_was_signed_and_nothing_else() {
    let shelf = Shelf::new();
    for (number, (name, trick, outcome)) in TRICKS.into_iter().enumerate() {
        let address = serve(shelf.folder.path().join("cache"), trick);
        let store = format!("store-{number}");
        let output = shelf.try_caches(&store, &address);
        let said = text(&output);
        if let Refused(reason) = outcome {
            assert_eq!(output.status.code(), Some(1), "{name}: {said}");
            assert!(said.contains(reason), "{name}: {said}");
            continue;
        }
        assert!(output.status.success(), "{name}: {said}");
        let made = fs::read_to_string(shelf.folder.path().join(format!("result-{store}")));
        assert!(
            made.expect("it is there").starts_with("see /nix/store/"),
            "{name}"
        );
        let mut info = shelf.command(&store);
        let info = succeed(info.args(["path-info", "--json", &format!("./result-{store}")]));
        let is_built = String::from_utf8_lossy(&info.stdout).contains("\"ultimate\":true");
        match outcome {
            Built(warning) => assert!(is_built && said.contains(warning), "{name}: {said}"),
            Brought => assert!(!is_built, "{name}: {said}"),
            Refused(_) => unreachable!("it was dealt with above"),
        }
        let mut verify = shelf.command(&store);
        let options = [
            "store",
            "verify",
            "--option",
            "trusted-public-keys",
            &shelf.public_key,
        ];
        succeed(verify.args(options));
    }
}

#[test]
fn what_one_cache_has_lost_comes_from_the_next() {
    let shelf = Shelf::new();
    let lost = serve(shelf.folder.path().join("cache"), |path, reply| {
        gone(path, reply, 404)
    });
    let whole = serve(shelf.folder.path().join("cache"), |_, _| ());
    let output = shelf.try_caches("store", &format!("{lost} {whole}"));
    assert!(output.status.success(), "{}", text(&output));
    let mut info = shelf.command("store");
    let info = succeed(info.args(["path-info", "--json", "./result-store"]));
    assert!(!String::from_utf8_lossy(&info.stdout).contains("\"ultimate\":true"));
}
