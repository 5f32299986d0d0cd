//! A server on the loopback interface that gives the files of a folder.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

/// Answers requests for the files of a folder until the test ends.
pub(crate) struct Server {
    pub address: String,
}

impl Server {
    pub fn start(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let address = listener.local_addr().expect("the listener has an address");
        let root: PathBuf = root.to_owned();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                answer(&root, connection);
            }
        });
        Self {
            address: format!("http://{address}"),
        }
    }
}

fn answer(root: &Path, mut connection: TcpStream) {
    let mut reader = BufReader::new(connection.try_clone().expect("a socket can be cloned"));
    let mut request = String::new();
    if reader.read_line(&mut request).is_err() {
        return;
    }
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|count| count > 2) {
        line.clear();
    }
    let path = request.split(' ').nth(1).unwrap_or("/").trim_start_matches('/');
    let (status, body) = match fs::read(root.join(path)) {
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // The client may have gone away; its own error tells.
    let _ = connection
        .write_all(head.as_bytes())
        .and_then(|()| connection.write_all(&body));
}
