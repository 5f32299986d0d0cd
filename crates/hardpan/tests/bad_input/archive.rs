//! A small signed archive of packages on the loopback interface, and a project that is made of it alone.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use sha2::{Digest as _, Sha256};

use crate::signer::{Options, Signer};
use crate::support::hardpan;

/// When the archive's release files are signed, in seconds since 1970; it does not matter as long as it is past.
const SIGNED: u32 = 1_700_000_000;
/// Where release file and index lie.
pub const RELEASE: &str = "/vendor/dists/stable/InRelease";
pub const INDEX: &str = "/vendor/dists/stable/main/binary-amd64/Packages.gz";

/// The root file system of the packages that an attribute's name lists, and an object of the first one.
const FLAKE: &str = r#"
{
  inputs.hardpan.url = "hardpan";
  inputs.hardpan.inputs.debian.url =
    "debian:stable?url=ADDRESS/vendor&archive=vendor&keyUrl=ADDRESS/key.asc";
  outputs = { self, hardpan }: let
    debian = hardpan.legacyPackages.x86_64-linux.hardpan;
    root = wanted: derivation {
      name = "root"; system = "builtin"; builder = "builtin:hardpan-root-v2";
      spec = builtins.toJSON {
        version = 1; name = "test";
        packages = (debian.closure { inherit wanted; }).packageSpecs;
      };
    };
  in {
    one = root [ "one" ];
    both = root [ "one" "two" ];
    needy = root [ "needy" ];
    deb = debian.deb "one";
    misspelt = root [ "oen" ];
  };
}
"#;

/// How the server answers one path.
#[derive(Clone)]
pub enum Answer {
    File(Vec<u8>),
    /// A status line without a body.
    Status(&'static str),
    /// Leads to itself.
    Loop,
    /// Fewer bytes than announced.
    Cut(Vec<u8>),
    /// Not HTTP.
    Garbage,
}

/// What a published release file says.
#[derive(Clone, Debug)]
pub struct Release {
    pub date: &'static str,
    /// Further fields, whole lines.
    pub more: &'static str,
    pub seed_of_key: u64,
}

impl Default for Release {
    fn default() -> Self {
        Self {
            date: "Tue, 14 Nov 2023 22:13:20 UTC",
            more: "",
            seed_of_key: 1,
        }
    }
}

pub struct Archive {
    pub folder: tempfile::TempDir,
    pub data: tempfile::TempDir,
    pub address: String,
    answers: Arc<Mutex<BTreeMap<String, Answer>>>,
}

impl Archive {
    /// An archive with the packages `one` and `two`, which ship the same path, and `needy`, which needs what is not there.
    pub fn new() -> Self {
        let answers = Arc::default();
        let archive = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            data: tempfile::tempdir().expect("a temporary folder"),
            address: serve(&answers),
            answers,
        };
        let flake = FLAKE.replace("ADDRESS", &archive.address);
        std::fs::write(archive.folder.path().join("flake.nix"), flake).expect("the flake can be written");
        std::os::unix::fs::symlink("/before", archive.folder.path().join("result"))
            .expect("links can be made");
        archive.answer("/key.asc", Answer::File(signer(1).certificate()));
        archive.publish(&Release::default());
        archive
    }

    /// The command with a store of its own, in the project.
    pub fn hardpan(&self, arguments: &[&str]) -> Command {
        let mut command = hardpan(self.data.path());
        command.current_dir(self.folder.path()).args(arguments);
        command
    }

    pub fn answer(&self, path: &str, answer: Answer) {
        let mut answers = self.answers.lock().expect("no request panics");
        answers.insert(path.to_owned(), answer);
    }

    /// Writes packages, index and release file.
    pub fn publish(&self, release: &Release) {
        let records: String = [
            ("one", "", &b"the first"[..]),
            ("two", "", b"the second"),
            ("needy", "Depends: one (>= 2) | three, two\n", b"the third"),
        ]
        .iter()
        .map(|(name, fields, content)| self.add(name, fields, &deb(name, content)))
        .collect();
        self.publish_index(release, &records);
    }

    /// Adds a package to the pool; gives its paragraph of the index.
    pub fn add(&self, name: &str, fields: &str, deb: &[u8]) -> String {
        self.answer(&pool(name), Answer::File(deb.to_vec()));
        format!(
            "Package: {name}\nVersion: 1\nArchitecture: amd64\n{fields}Filename: pool/{name}.deb\nSize: {}\n\
             SHA256: {}\n\n",
            deb.len(),
            hex_sha256(deb)
        )
    }

    /// Writes index and release file.
    pub fn publish_index(&self, release: &Release, records: &str) {
        let index = gzip(records.as_bytes());
        let text = format!(
            "Suite: stable\nCodename: vendor\nDate: {}\nComponents: main\n{}SHA256:\n {} {} main/binary-amd64/Packages.gz\n",
            release.date,
            release.more,
            hex_sha256(&index),
            index.len()
        );
        self.answer(INDEX, Answer::File(index));
        let signed = signer(release.seed_of_key).sign(&text, SIGNED);
        self.answer(RELEASE, Answer::File(signed));
    }

    /// What the server has at `path` now.
    pub fn file(&self, path: &str) -> Vec<u8> {
        match self.answers.lock().expect("no request panics").get(path) {
            Some(Answer::File(bytes)) => bytes.clone(),
            _ => panic!("no file is served as {path}"),
        }
    }

    /// The paths of the store whose names end with `suffix`.
    pub fn stored(&self, suffix: &str) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.data.path().join("hardpan/nix/store")) else {
            return Vec::new();
        };
        let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
        paths
            .filter(|path| path.to_string_lossy().ends_with(suffix))
            .collect()
    }
}

/// Where the package `name` lies.
pub fn pool(name: &str) -> String {
    format!("/vendor/pool/{name}.deb")
}

fn signer(seed: u64) -> Signer {
    Signer::new(&Options {
        seed,
        ..Options::default()
    })
}

fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("writing to memory works");
    encoder.finish().expect("writing to memory works")
}

fn tar_gz(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, mode, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(*mode);
        header.set_size(content.len() as u64);
        header.set_uid(0);
        header.set_gid(0);
        let added = builder.append_data(&mut header, path, *content);
        added.expect("writing to memory works");
    }
    gzip(&builder.into_inner().expect("writing to memory works"))
}

/// A package that ships `/usr/share/same/file` with this content.
pub fn deb(name: &str, content: &[u8]) -> Vec<u8> {
    deb_with(name, &[("./usr/share/same/file", 0o644, content)])
}

/// A package that ships files with these modes.
pub fn deb_with(name: &str, files: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let control = format!("Package: {name}\nVersion: 1\nArchitecture: amd64\n");
    let mut deb = b"!<arch>\n".to_vec();
    for (member, bytes) in [
        ("debian-binary", b"2.0\n".to_vec()),
        (
            "control.tar.gz",
            tar_gz(&[("./control", 0o644, control.as_bytes())]),
        ),
        ("data.tar.gz", tar_gz(files)),
    ] {
        let header = format!(
            "{member:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
            0,
            0,
            0,
            "100644",
            bytes.len()
        );
        deb.extend(header.bytes());
        deb.extend(&bytes);
        if bytes.len() % 2 == 1 {
            deb.push(b'\n');
        }
    }
    deb
}

fn serve(answers: &Arc<Mutex<BTreeMap<String, Answer>>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    let answers = Arc::clone(answers);
    std::thread::spawn(move || {
        for stream in listener.incoming().filter_map(Result::ok) {
            let answers = Arc::clone(&answers);
            // The client may have gone away; its own error tells.
            std::thread::spawn(move || drop(respond(stream, &answers)));
        }
    });
    format!("http://{address}")
}

fn respond(mut stream: TcpStream, answers: &Mutex<BTreeMap<String, Answer>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = request.split(' ').nth(1).unwrap_or("/");
    let answer = answers.lock().expect("no request panics").get(path).cloned();
    let head = |status: &str, length: usize| {
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")
    };
    let bytes = match answer.unwrap_or(Answer::Status("404 Not Found")) {
        Answer::File(body) => [head("200 OK", body.len()).into_bytes(), body].concat(),
        Answer::Status(status) => head(status, 0).into_bytes(),
        Answer::Loop => format!(
            "HTTP/1.1 302 Found\r\nLocation: {path}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        .into_bytes(),
        Answer::Cut(body) => [
            head("200 OK", body.len()).into_bytes(),
            body[..body.len() / 2].to_vec(),
        ]
        .concat(),
        Answer::Garbage => b"\x00\x01not http\r\n\r\n".to_vec(),
    };
    stream.write_all(&bytes)
}
