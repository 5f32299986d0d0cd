//! What is asked of servers on the loopback interface, and what happens when they fall silent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use fetch::{Content, Download, Error, Fetcher, Limits, Settings};

/// Answers each connection with one of `answers`; an answer that is cut short is followed by silence for as long as the
/// client stays.
fn serve(answers: Vec<&'static str>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let address = format!("http://{}", listener.local_addr().expect("it has an address"));
    let (requests, received) = channel();
    thread::spawn(move || {
        for answer in answers {
            let Ok((connection, _)) = listener.accept() else {
                return;
            };
            let requests = requests.clone();
            thread::spawn(move || talk(connection, answer, &requests));
        }
    });
    (address, received)
}

fn talk(mut connection: TcpStream, answer: &str, requests: &Sender<String>) -> Option<()> {
    let mut reader = BufReader::new(connection.try_clone().ok()?);
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        reader.read_line(&mut text).ok().filter(|count| *count > 0)?;
    }
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    text.push_str(&String::from_utf8_lossy(&body));
    requests.send(text).ok()?;
    if answer == TRICKLE {
        connection.write_all(answer.as_bytes()).ok()?;
        while connection.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    }
    connection.write_all(answer.as_bytes()).ok()?;
    // Until the other side goes.
    let _ = reader.read(&mut [0]);
    None
}

const HALF: &str = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc";
const WHOLE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef";
const DONE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
/// Followed by a byte now and then.
const TRICKLE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";

fn settings() -> Settings {
    Settings {
        first_wait: Duration::from_millis(1),
        ..Settings::default()
    }
}

#[test]
fn a_wish_to_stop_is_heard_while_a_server_is_silent() {
    for answer in [HALF, ""] {
        let (address, received) = serve(vec![answer]);
        let settings = settings();
        let cancelled = settings.cancelled.clone();
        let fetcher = Fetcher::new(settings);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let request = Download {
            urls: vec![format!("{address}/x")],
            ..Download::default()
        };
        let out = folder.path().join("out");
        let (result, stopped) = thread::scope(|scope| {
            let download = scope.spawn(|| fetcher.download(&request, &out, &|_| ()));
            received.recv().expect("the server was asked");
            cancelled.store(true, Ordering::Relaxed);
            let asked = Instant::now();
            (download.join().expect("no panic"), asked.elapsed())
        });
        assert!(matches!(result, Err(Error::Interrupted { .. })), "{result:?}");
        assert!(stopped < Duration::from_secs(5), "it took {stopped:?}");
    }
}

#[test]
fn a_server_that_falls_silent_is_asked_again() {
    let (address, _received) = serve(vec![HALF, WHOLE]);
    let fetcher = Fetcher::new(Settings {
        stall_timeout: Duration::from_millis(200),
        ..settings()
    });
    let response = fetcher
        .get(&format!("{address}/x"), Limits::bytes(10))
        .expect("the second answer is whole");
    assert_eq!(response.content.as_bytes(), b"abcdef");
}

#[test]
fn a_mirror_that_stalls_or_trickles_is_left_for_the_next_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for slow in [vec![HALF, HALF], vec![TRICKLE, TRICKLE]] {
        let (mirror, asked) = serve(slow);
        let (good, _received) = serve(vec![WHOLE]);
        let fetcher = Fetcher::new(Settings {
            stall_timeout: Duration::from_millis(300),
            ..settings()
        });
        let request = Download {
            urls: vec![format!("{mirror}/x"), format!("{good}/x")],
            ..Download::default()
        };
        let out = folder.path().join("out");
        let began = Instant::now();
        let downloaded = fetcher
            .download(&request, &out, &|_| ())
            .expect("the second mirror has it");
        assert!(downloaded.url.starts_with(&good), "{downloaded:?}");
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "it took {:?}",
            began.elapsed()
        );
        assert_eq!(asked.iter().take(2).count(), 2, "it was asked once more");
    }
}

#[test]
fn a_server_that_trickles_is_given_up_with_what_it_sent() {
    let (address, _asked) = serve(vec![TRICKLE, TRICKLE]);
    let fetcher = Fetcher::new(Settings {
        stall_timeout: Duration::from_millis(300),
        ..settings()
    });
    let result = fetcher.get(&format!("{address}/x"), Limits::bytes(100));
    let Err(error @ Error::Stalled { .. }) = result else {
        panic!("it is not given up: {result:?}");
    };
    let said = error.to_string();
    assert!(said.contains("/x' was given up: the server sent "), "{said}");
    assert!(said.contains(" bytes in 0."), "{said}");
}

#[test]
fn a_login_goes_to_the_server_that_it_is_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("netrc");
    for (machine, expected) in [("127.0.0.1", true), ("elsewhere.example", false)] {
        std::fs::write(&file, format!("machine {machine} login a password b")).expect("it is writable");
        let (address, received) = serve(vec![WHOLE]);
        let fetcher = Fetcher::new(Settings {
            netrc_file: Some(file.clone()),
            ..settings()
        });
        fetcher
            .get(&address, Limits::bytes(10))
            .expect("the server answers");
        let request = received.recv().expect("it was asked").to_ascii_lowercase();
        assert_eq!(
            request.contains("authorization: basic ytpi"),
            expected,
            "{machine}: {request}"
        );
    }
}

#[test]
fn files_are_put_where_addresses_say() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = folder.path().join("source");
    std::fs::write(&source, "content").expect("it is writable");
    let fetcher = Fetcher::new(settings());
    let (address, received) = serve(vec![DONE]);
    fetcher
        .put(
            &format!("{address}/a/b"),
            Content::File(&source),
            "application/x-nar",
        )
        .expect("the server takes it");
    let request = received.recv().expect("it was asked");
    assert!(request.starts_with("PUT /a/b HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\ncontent"), "{request}");
    assert!(
        request
            .to_ascii_lowercase()
            .contains("content-type: application/x-nar"),
        "{request}"
    );
    let url = format!("file://{}/new/target", folder.path().display());
    assert!(!fetcher.exists(&url).expect("it can be looked at"));
    fetcher
        .put(&url, Content::Bytes(b"text"), "text/plain")
        .expect("it can be written");
    assert!(fetcher.exists(&url).expect("it can be looked at"));
    let entries = std::fs::read_dir(folder.path().join("new")).expect("it is there");
    assert_eq!(entries.count(), 1, "nothing half-written is left");
}

#[test]
fn whether_something_exists_is_asked_without_fetching_it() {
    for (answer, expected) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", true),
        ("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", false),
    ] {
        let (address, received) = serve(vec![answer]);
        assert_eq!(
            Fetcher::new(settings())
                .exists(&address)
                .expect("the server answers"),
            expected
        );
        assert!(received.recv().expect("it was asked").starts_with("HEAD "));
    }
}
