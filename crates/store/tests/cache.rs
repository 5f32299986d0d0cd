//! Binary caches: what is put there comes back, what was tampered with does not. Where the stock `nix` program is not
//! installed, the tests that compare with it say so and pass.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use fetch::{Content, Fetcher, Settings};
use nix_formats::narinfo::NarInfo;
use nix_formats::{SecretKey, StorePath};
use store::cache::{BinaryCache, CacheError, Caches, Notice, Trust, Upload, upload_closure};
use store::{Registration, Store};

struct Shelf {
    directory: tempfile::TempDir,
    store: Store,
    key: SecretKey,
}

impl Shelf {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            store: Store::open(&directory.path().join("root")).unwrap(),
            key: SecretKey::from_seed("test-1", [5; 32]),
            directory,
        }
    }

    fn place(&self) -> PathBuf {
        self.directory.path().join("cache")
    }

    fn url(&self, parameters: &str) -> String {
        format!("file://{}{parameters}", self.place().display())
    }

    fn cache(&self, parameters: &str) -> BinaryCache {
        let fetcher = Fetcher::new(Settings {
            attempts: 1,
            ..Settings::default()
        });
        BinaryCache::new(Arc::new(fetcher), &self.url(parameters)).unwrap()
    }

    /// Two paths of which the second refers to the first and to itself.
    fn chain(&self) -> [StorePath; 2] {
        let below = self
            .store
            .add_text("below", &[b'x'; 5000], &BTreeSet::new())
            .unwrap();
        let above = StorePath::parse_absolute("/nix/store/vxjiwkjkn7x4079qvh1jkl5pn05j2aw0-above").unwrap();
        let staging = self.store.stage(&above).unwrap();
        fs::write(staging.path(), format!("{below} {above}")).unwrap();
        let registration = Registration {
            references: BTreeSet::from([below.clone(), above.clone()]),
            ..Registration::default()
        };
        staging.register(registration).unwrap();
        [below, above]
    }

    fn upload(&self, parameters: &str, path: &StorePath) -> Vec<StorePath> {
        let upload = Upload {
            keys: vec![self.key.clone()],
            workers: 2,
        };
        upload_closure(
            &self.store,
            &self.cache(parameters),
            std::slice::from_ref(path),
            &upload,
            &|_| (),
        )
        .unwrap()
    }

    fn trust(&self) -> Trust {
        Trust {
            keys: vec![self.key.public_key()],
            takes_unsigned: false,
        }
    }

    /// Brings `path` into a store of its own: that and what was complained of.
    fn bring(
        &self,
        caches: Vec<BinaryCache>,
        trust: Trust,
        path: &StorePath,
    ) -> (tempfile::TempDir, Store, Vec<String>) {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let complaints = Mutex::new(Vec::new());
        let complain = |error: &CacheError| complaints.lock().unwrap().push(chain(error));
        let listener = |notice: Notice<'_>| {
            if let Notice::Broken(error) | Notice::Untrusted(error) | Notice::Gone(error) = notice {
                complain(error);
            }
        };
        let caches = Caches::new(caches, trust, &listener);
        let found = caches
            .closure(&store, std::slice::from_ref(path), &listener)
            .unwrap();
        for error in caches.fetch_all(&store, &found, 2, &listener).unwrap().values() {
            complain(error);
        }
        assert_eq!(store.verify(&mut |_, _, _| {}).unwrap(), []);
        let complaints = complaints.into_inner().unwrap();
        (directory, store, complaints)
    }

    fn description(&self, path: &StorePath) -> PathBuf {
        self.place().join(format!("{}.narinfo", path.hash_part()))
    }

    fn archive(&self, path: &StorePath) -> PathBuf {
        let text = fs::read_to_string(self.description(path)).unwrap();
        self.place().join(NarInfo::parse(&text).unwrap().url)
    }

    fn change_description(&self, path: &StorePath, change: impl Fn(&str) -> String) {
        let file = self.description(path);
        let text = fs::read_to_string(&file).unwrap();
        let changed = change(&text);
        assert_ne!(text, changed);
        fs::write(file, changed).unwrap();
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[test]
fn what_is_put_into_a_cache_comes_back() {
    for parameters in [
        "",
        "?compression=zstd",
        "?compression=none",
        "?compression=bzip2",
        "?compression=gzip",
    ] {
        let shelf = Shelf::new();
        let [below, above] = shelf.chain();
        assert_eq!(shelf.upload(parameters, &above), [below.clone(), above.clone()]);
        assert_eq!(shelf.upload(parameters, &above), [], "it is there");
        let (_directory, store, complaints) =
            shelf.bring(vec![shelf.cache(parameters)], shelf.trust(), &above);
        assert_eq!(complaints, [""; 0], "{parameters}");
        let (ours, theirs) = (
            store.require_info(&above).unwrap(),
            shelf.store.require_info(&above).unwrap(),
        );
        assert_eq!(
            (ours.nar_hash, &ours.references),
            (theirs.nar_hash, &theirs.references)
        );
        assert!(store.is_valid(&below).unwrap() && !ours.ultimate && ours.signatures.len() == 1);
    }
}

/// What happens to a cache, and what is said then.
#[track_caller]
fn refuses(damage: impl Fn(&Shelf, &StorePath), complaint: &str) {
    let shelf = Shelf::new();
    let [_, above] = shelf.chain();
    shelf.upload("", &above);
    damage(&shelf, &above);
    let (_directory, store, complaints) = shelf.bring(vec![shelf.cache("")], shelf.trust(), &above);
    assert!(!store.is_valid(&above).unwrap(), "{complaint}");
    assert!(
        complaints.iter().any(|text| text.contains(complaint)),
        "{complaint}: {complaints:?}"
    );
}

#[test]
fn what_was_tampered_with_is_refused() {
    refuses(
        |shelf, path| shelf.change_description(path, |text| text.replace("NarSize: ", "NarSize: 9")),
        "has no signature by a key that is trusted",
    );
    refuses(
        |shelf, path| {
            shelf.change_description(path, |text| {
                text.replace("References: ", "References: vxjiwkjkn7x4079qvh1jkl5pn05j2aw1-x ")
            })
        },
        "has no signature by a key that is trusted",
    );
    refuses(
        |shelf, path| shelf.change_description(path, |text| text.replace("Sig: test-1:", "Sig: test-2:")),
        "has no signature by a key that is trusted",
    );
    refuses(
        |shelf, path| shelf.change_description(path, |text| text.replace("StorePath: ", "StorePath: x")),
        "describes",
    );
    refuses(
        |shelf, path| {
            let file = shelf.archive(path);
            let mut bytes = fs::read(&file).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(file, bytes).unwrap();
        },
        "cannot be used",
    );
    refuses(
        |shelf, path| {
            let file = shelf.archive(path);
            let bytes = fs::read(&file).unwrap();
            fs::write(file, &bytes[..bytes.len() - 1]).unwrap();
        },
        "cannot be used",
    );
    refuses(
        |shelf, path| {
            shelf.change_description(path, |text| text.replace("Compression: xz", "Compression: br"))
        },
        "compressed with 'br'",
    );
    refuses(
        |shelf, path| fs::remove_file(shelf.archive(path)).unwrap(),
        "does not exist in the binary cache",
    );
    refuses(
        |shelf, _| fs::write(shelf.place().join("nix-cache-info"), "StoreDir: /elsewhere\n").unwrap(),
        "is for stores at '/elsewhere'",
    );
}

/// Even with no digest of the compressed file, and a description that nobody had to sign.
#[test]
fn content_is_compared_with_what_was_promised() {
    for (change, complaint) in [
        (("NarSize: ", "NarSize: 1"), "size mismatch"),
        (("NarHash: sha256:", "NarHash: sha256:1"), "describes"),
    ] {
        let shelf = Shelf::new();
        let [below, _] = shelf.chain();
        shelf.upload("", &below);
        shelf.change_description(&below, |text| text.replace(change.0, change.1));
        let trust = Trust {
            takes_unsigned: true,
            ..Trust::default()
        };
        let (_directory, store, complaints) = shelf.bring(vec![shelf.cache("")], trust, &below);
        assert!(!store.is_valid(&below).unwrap());
        assert!(complaints[0].contains(complaint), "{complaints:?}");
    }
}

#[test]
fn what_is_named_by_its_content_needs_no_signature_and_must_have_it() {
    let shelf = Shelf::new();
    let [below, above] = shelf.chain();
    shelf.upload("", &above);
    let nobody = Trust::default();
    let (_directory, store, complaints) = shelf.bring(vec![shelf.cache("")], nobody.clone(), &below);
    assert_eq!((store.is_valid(&below).unwrap(), complaints.len()), (true, 0));
    let (_directory, store, complaints) = shelf.bring(vec![shelf.cache("")], nobody.clone(), &above);
    assert_eq!((store.is_valid(&above).unwrap(), complaints.len()), (false, 1));
    let (_directory, store, _) = shelf.bring(vec![shelf.cache("?trusted=1")], nobody.clone(), &above);
    assert!(store.is_valid(&above).unwrap());
    // Another text's archive under the name of the first.
    let other = shelf.store.add_text("other", b"other", &BTreeSet::new()).unwrap();
    shelf.upload("", &other);
    let theirs = NarInfo::parse(&fs::read_to_string(shelf.description(&other)).unwrap()).unwrap();
    let ours = NarInfo::parse(&fs::read_to_string(shelf.description(&below)).unwrap()).unwrap();
    let lie = NarInfo {
        store_path: ours.store_path,
        content_address: ours.content_address,
        ..theirs
    };
    fs::write(shelf.description(&below), lie.to_string()).unwrap();
    let (_directory, store, complaints) = shelf.bring(vec![shelf.cache("")], nobody, &below);
    assert!(
        !store.is_valid(&below).unwrap() && complaints[0].contains("hash mismatch"),
        "{complaints:?}"
    );
}

#[test]
fn another_cache_helps_where_one_fails() {
    let (bad, good) = (Shelf::new(), Shelf::new());
    for shelf in [&bad, &good] {
        let [_, above] = shelf.chain();
        shelf.upload("", &above);
        fs::write(
            shelf.place().join("nix-cache-info"),
            "StoreDir: /nix/store\nPriority: 40\n",
        )
        .unwrap();
    }
    let [_, above] = bad.chain();
    fs::write(bad.archive(&above), "junk").unwrap();
    let nowhere = BinaryCache::new(
        Arc::new(Fetcher::new(Settings::default())),
        "file:///nowhere/at/all?priority=1",
    )
    .unwrap();
    let caches = vec![nowhere, bad.cache("?priority=2"), good.cache("?priority=3")];
    let (_directory, store, complaints) = bad.bring(caches, bad.trust(), &above);
    assert!(store.is_valid(&above).unwrap(), "{complaints:?}");
    // What cannot be had whole is not had at all.
    let [below, _] = good.chain();
    fs::remove_file(good.description(&below)).unwrap();
    let (_directory, store, _) = good.bring(vec![good.cache("")], good.trust(), &above);
    assert!(store.all_paths().unwrap().is_empty());
}

/// Serves the files of the shelf's cache over HTTP for as long as the test runs.
fn serve(shelf: &Shelf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let place = shelf.place();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let mut line = String::new();
            let mut reader = BufReader::new(&connection);
            let _ = reader.read_line(&mut line);
            let path = line
                .split(' ')
                .nth(1)
                .unwrap_or_default()
                .trim_start_matches('/')
                .to_owned();
            while reader.read_line(&mut line).is_ok_and(|count| count > 2) {}
            let (status, body) = match fs::read(place.join(path)) {
                Ok(body) => ("200 OK", body),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = (&connection).write_all(head.as_bytes());
            let _ = (&connection).write_all(&body);
        }
    });
    format!("http://{address}")
}

fn cache_at(url: &str) -> BinaryCache {
    BinaryCache::new(Arc::new(Fetcher::new(Settings::default())), url).unwrap()
}

#[test]
fn a_server_is_a_cache_and_what_it_lacks_is_remembered() {
    let shelf = Shelf::new();
    let [below, above] = shelf.chain();
    shelf.upload("", &above);
    let url = serve(&shelf);
    let (_directory, store, complaints) = shelf.bring(vec![cache_at(&url)], shelf.trust(), &above);
    assert_eq!((store.is_valid(&above).unwrap(), complaints), (true, Vec::new()));
    let memory = shelf.directory.path().join("memory");
    let hidden = shelf.place().join("hidden");
    fs::rename(shelf.description(&below), &hidden).unwrap();
    assert!(
        cache_at(&url)
            .remembering(&memory, 1000, 3600)
            .find(&below)
            .unwrap()
            .is_none()
    );
    fs::rename(&hidden, shelf.description(&below)).unwrap();
    assert!(
        cache_at(&url)
            .remembering(&memory, 1001, 3600)
            .find(&below)
            .unwrap()
            .is_none()
    );
    assert!(
        cache_at(&url)
            .remembering(&memory, 9999, 3600)
            .find(&below)
            .unwrap()
            .is_some()
    );
}

/// Starts an S3 server with a bucket, if `moto_server` (of the Python package moto) is installed.
struct S3 {
    server: Child,
    port: String,
}

impl S3 {
    fn start() -> Option<Self> {
        let server = Command::new("moto_server")
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        let Ok(mut server) = server else {
            eprintln!("skipped: there is no moto_server program here");
            return None;
        };
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            line.ok()?
                .split_once("127.0.0.1:")
                .map(|(_, port)| port.trim().to_owned())
        });
        // It would stop if nobody read what it says.
        thread::spawn(move || lines.count());
        Some(Self {
            server,
            port: port.unwrap(),
        })
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn a_bucket_is_a_cache() {
    let Some(server) = S3::start() else { return };
    let shelf = Shelf::new();
    let [_, above] = shelf.chain();
    let fetcher = Fetcher::new(Settings::from_environment(|name| {
        name.starts_with("AWS_")
            .then(|| "test".to_owned())
            .filter(|_| name.ends_with("KEY") || name.ends_with("ID"))
    }));
    let endpoint = format!("endpoint=http://127.0.0.1:{}&region=us-east-1", server.port);
    let bucket = format!("s3://bucket?{endpoint}");
    fetcher
        .put(
            &format!("s3://bucket/?{endpoint}"),
            Content::Bytes(b""),
            "text/plain",
        )
        .unwrap();
    let cache = BinaryCache::new(Arc::new(fetcher), &bucket).unwrap();
    let upload = Upload {
        keys: vec![shelf.key.clone()],
        workers: 2,
    };
    let added = upload_closure(
        &shelf.store,
        &cache,
        std::slice::from_ref(&above),
        &upload,
        &|_| (),
    )
    .unwrap();
    assert_eq!(added.len(), 2);
    let (_directory, store, complaints) = shelf.bring(vec![cache], shelf.trust(), &above);
    assert_eq!((store.is_valid(&above).unwrap(), complaints), (true, Vec::new()));
}

fn nix(shelf: &Shelf, arguments: &[&str]) -> Option<String> {
    let programs = std::env::var_os("HARDPAN_TEST_NIX").map(PathBuf::from);
    let program = programs.map_or_else(|| "nix".into(), |programs| programs.join("nix"));
    let Ok(output) = Command::new(program)
        .env("HOME", shelf.directory.path())
        .env(
            "NIX_CONFIG",
            "experimental-features = nix-command\nbuild-users-group =\nsubstituters =",
        )
        .args(arguments)
        .output()
    else {
        eprintln!("skipped: there is no nix program here");
        return None;
    };
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {message}");
    Some(String::from_utf8(output.stdout).unwrap())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn nix_reads_our_caches_and_we_read_its_own() {
    for compression in ["xz", "zstd", "none", "bzip2", "gzip"] {
        let shelf = Shelf::new();
        let [_, above] = shelf.chain();
        let parameters = format!("?compression={compression}");
        shelf.upload(&parameters, &above);
        let other = shelf.directory.path().join("other");
        let trusted = shelf.key.public_key().to_string();
        let path = above.to_string();
        let ours = shelf.url("");
        let from = [
            "copy",
            "--from",
            &ours,
            "--to",
            &text(&other),
            &path,
            "--option",
            "trusted-public-keys",
            &trusted,
        ];
        if nix(&shelf, &from).is_none() {
            return;
        }
        let copied = Store::open(&other).unwrap();
        assert_eq!(
            copied.closure([&above]).unwrap(),
            shelf.store.closure([&above]).unwrap()
        );
        drop(copied);
        let key_file = shelf.directory.path().join("key");
        fs::write(&key_file, shelf.key.to_secret_text()).unwrap();
        let theirs = Shelf::new();
        let to = theirs.url(&format!("{parameters}&secret-key={}", text(&key_file)));
        nix(
            &shelf,
            &[
                "copy",
                "--from",
                &text(&other),
                "--to",
                &to,
                &path,
                "--no-check-sigs",
            ],
        );
        let (_directory, store, complaints) = theirs.bring(vec![theirs.cache("")], shelf.trust(), &above);
        assert_eq!(
            (store.is_valid(&above).unwrap(), complaints),
            (true, Vec::new()),
            "{compression}"
        );
    }
}
