//! A project that needs no package, a store of its own and a server to download from.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{hardpan, succeed};

/// Derivations that need nothing from elsewhere; `ADDRESS` stands for a server of the test.
pub const OWN_FLAKE: &str = r#"
{ outputs = { self }: let
    repeat = text: count: builtins.concatStringsSep "" (builtins.genList (_: text) count);
    write = name: text: derivation {
      inherit name text;
      system = "builtin"; builder = "builtin:hardpan-write-v1"; executable = ""; destination = "";
    };
    fetch = name: outputHash: derivation {
      inherit name outputHash;
      system = "builtin"; builder = "builtin:fetchurl"; url = "http://ADDRESS/${name}";
      outputHashAlgo = "sha256"; outputHashMode = "flat";
    };
  in {
    fetched = fetch "fetched" (builtins.hashString "sha256" (repeat "x" 100000));
    other = fetch "other" (builtins.hashString "sha256" "something else");
    parts = write "parts" (toString (builtins.genList
      (number: write "part${toString number}" (repeat "0123456789abcdef" 8192)) 150));
    large = derivation {
      name = "large.object"; system = "builtin"; builder = "builtin:hardpan-object-v2";
      deb = builtins.path { path = ./large.deb; name = "large.deb"; }; compression = "none"; exclude = "[]";
    };
    shell = derivation {
      name = "shell"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo > $out" ];
    };
  };
}
"#;

/// What the server of these tests answers to everything.
pub static BODY: [u8; 100_000] = [b'x'; 100_000];

/// How many bytes a `part` has.
pub const PART_SIZE: u64 = 16 * 8192;

/// A project with derivations that need nothing from elsewhere, and a store for it.
pub struct Own {
    pub folder: tempfile::TempDir,
    pub data: tempfile::TempDir,
}

impl Own {
    pub fn new(address: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = tempfile::tempdir().expect("a temporary folder");
        let flake = OWN_FLAKE.replace("ADDRESS", address);
        std::fs::write(folder.path().join("flake.nix"), flake).expect("the flake can be written");
        Self { folder, data }
    }

    pub fn hardpan(&self, arguments: &[&str]) -> Command {
        let mut command = hardpan(self.data.path());
        command.current_dir(self.folder.path()).args(arguments);
        command
    }

    /// Files of the store whose names contain `name`, without derivations.
    pub fn stored(&self, name: &str) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.data.path().join("hardpan/nix/store")) else {
            return Vec::new();
        };
        let names = entries.filter_map(Result::ok).map(|entry| entry.path());
        let wanted = |path: &PathBuf| {
            let file = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            file.contains(name) && !file.ends_with(".drv") && !file.ends_with(".lock")
        };
        names.filter(wanted).collect()
    }

    /// Starts a build and waits until `ready`.
    pub fn start(&self, attribute: &str, ready: impl Fn(&Self) -> bool) -> Child {
        let mut command = self.hardpan(&["build", attribute]);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let deadline = Instant::now() + Duration::from_secs(60);
        while !ready(self) && child.try_wait().expect("it can be asked").is_none() {
            assert!(Instant::now() < deadline, "the build does not get there");
            std::thread::sleep(Duration::from_millis(1));
        }
        child
    }

    /// Nothing in the store is half there, nothing is linked, and what was interrupted can be built.
    pub fn is_sound(&self, attribute: &str) {
        assert!(
            !self.folder.path().join("result").exists(),
            "an interrupted build leaves no link"
        );
        for part in self.stored("-part") {
            let size = part.metadata().expect("it is there").len();
            let is_whole = size == PART_SIZE || part.to_string_lossy().ends_with("-parts");
            assert!(is_whole, "{} has {size} bytes", part.display());
        }
        succeed(&mut self.hardpan(&["store", "verify"]));
        succeed(&mut self.hardpan(&["build", attribute]));
        succeed(&mut self.hardpan(&["store", "verify"]));
    }
}

/// Which requests are answered with half of the body and then silence.
#[derive(Clone, Copy)]
pub enum Silence {
    Never,
    First,
    Always,
}

/// Serves `BODY`, or half of it.
pub fn serve(silence: Silence) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it has an address").to_string();
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for stream in listener.incoming().filter_map(Result::ok) {
            let whole = match silence {
                Silence::Never => true,
                Silence::First => !silent.is_empty(),
                Silence::Always => false,
            };
            silent.extend(answer(stream, whole));
        }
    });
    address
}

/// Answers one request; gives the connection back if it is to stay open.
pub fn answer(mut stream: TcpStream, whole: bool) -> Option<TcpStream> {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request);
    let length = BODY.len();
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let end = if whole { length } else { length / 2 };
    let _ = stream.write_all(&BODY[..end]);
    let _ = stream.flush();
    (!whole).then_some(stream)
}
