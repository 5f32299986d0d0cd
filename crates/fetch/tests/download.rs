//! Downloads from files and from a server on the loopback interface.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use fetch::{Download, Error, Fetcher, Limits, NpmConfiguration, NpmPackage, Settings};
use nix_formats::Hash;

fn fetcher() -> Fetcher {
    Fetcher::new(Settings {
        first_wait: Duration::from_millis(1),
        ..Settings::default()
    })
}

#[test]
fn without_network_only_files_are_read() {
    let fetcher = Fetcher::new(Settings {
        offline: true,
        ..Settings::default()
    });
    for url in ["http://127.0.0.1:9/a", "https://127.0.0.1:9/a", "s3://bucket/a"] {
        let result = fetcher.exists(url);
        assert!(matches!(result, Err(Error::Offline { .. })), "{url} {result:?}");
    }
    assert!(fetcher.exists("file:///dev/null").expect("files may be read"));
}

/// A server that gives each of `answers` to one connection, then stops. Returns its address.
fn serve(answers: Vec<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let address = format!(
        "http://{}",
        listener.local_addr().expect("the listener has an address")
    );
    thread::spawn(move || {
        for answer in answers {
            let Ok((mut connection, _)) = listener.accept() else {
                return;
            };
            let mut reader = BufReader::new(connection.try_clone().expect("a socket can be cloned"));
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|count| count > 2) {
                line.clear();
            }
            let _ = connection.write_all(answer.as_bytes());
        }
    });
    address
}

fn answer(status: &str, length: usize, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

fn unreachable_url() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    format!(
        "http://{}/x",
        listener.local_addr().expect("the listener has an address")
    )
}

#[test]
fn a_transient_answer_is_tried_again() {
    let url = serve(vec![answer("503 Busy", 0, ""), answer("200 OK", 3, "abc")]);
    let response = fetcher()
        .get(&url, Limits::bytes(10))
        .expect("the second answer is good");
    assert_eq!(response.content.as_bytes(), b"abc");
}

#[test]
fn a_missing_file_is_asked_for_once() {
    let url = serve(vec![answer("404 No", 0, "")]);
    let error = fetcher().get(&url, Limits::bytes(10)).expect_err("it is missing");
    assert!(error.is_not_found(), "{error}");
}

#[test]
fn a_document_over_the_limit_is_refused() {
    let url = serve(vec![answer("200 OK", 3, "abc")]);
    assert!(matches!(
        fetcher().get(&url, Limits::bytes(2)),
        Err(Error::TooLarge { limit: 2, .. })
    ));
}

#[test]
fn mirrors_are_tried_in_order_until_one_has_the_right_bytes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    let (wrong, right) = (
        serve(vec![answer("200 OK", 3, "abd")]),
        serve(vec![answer("200 OK", 3, "abc")]),
    );
    let request = Download::verified(vec![unreachable_url(), wrong, right], Hash::sha256(b"abc"));
    let downloaded = fetcher()
        .download(&request, &out, &|_| ())
        .expect("the last mirror is good");
    assert!(downloaded.verified);
    assert_eq!(std::fs::read(&out).expect("the file is there"), b"abc");
}

#[test]
fn a_wrong_hash_leaves_no_file_and_names_both_hashes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (source, out) = (folder.path().join("a b"), folder.path().join("out"));
    std::fs::write(&source, "abd").expect("the folder is writable");
    let url = format!("file://{}/a%20b", folder.path().display());
    let request = Download::verified(vec![url], Hash::sha256(b"abc"));
    let error = fetcher()
        .download(&request, &out, &|_| ())
        .expect_err("the hash differs");
    assert!(error.is_hash_mismatch());
    for hash in [Hash::sha256(b"abc"), Hash::sha256(b"abd")] {
        assert!(error.to_string().contains(&hash.to_sri()), "{error}");
    }
    assert!(!out.exists());
}

#[test]
fn a_truncated_transfer_is_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let truncated = vec![answer("200 OK", 9, "abc"); 4];
    let request = Download {
        urls: vec![serve(truncated)],
        ..Download::default()
    };
    let error = fetcher()
        .download(&request, &folder.path().join("out"), &|_| ())
        .expect_err("bytes are missing");
    assert!(
        matches!(error, Error::Transfer { .. } | Error::WrongSize { .. }),
        "{error}"
    );
}

#[test]
fn without_network_the_error_says_so() {
    let error = fetcher()
        .get(&unreachable_url(), Limits::bytes(1))
        .expect_err("nobody listens");
    assert!(error.is_no_network(), "{error:?}");
}

#[test]
fn a_cancelled_fetcher_starts_nothing() {
    let settings = Settings::default();
    settings.cancelled.store(true, Ordering::Relaxed);
    let error = Fetcher::new(settings)
        .get("http://127.0.0.1:9/", Limits::bytes(1))
        .expect_err("cancelled");
    assert!(matches!(error, Error::Interrupted { .. }));
}

#[test]
fn the_archive_of_an_npm_package_is_found_through_the_registry() {
    let body = r#"{"dist":{"tarball":"http://files.example/x-1.0.0.tgz"}}"#;
    let registry = serve(vec![answer("200 OK", body.len(), body)]);
    let mut configuration = NpmConfiguration::default();
    configuration.read(&format!("registry={registry}"), |_| None);
    let package = NpmPackage {
        name: "@a/x".to_owned(),
        version: "1.0.0".to_owned(),
    };
    let source = fetcher()
        .npm_source(&configuration, &package)
        .expect("the registry answers");
    assert_eq!(source.url, "http://files.example/x-1.0.0.tgz");
}
