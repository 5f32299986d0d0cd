//! Downloads that cannot be had.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::fails;
use crate::own::{Own, Silence, serve};

#[test]
fn downloads_that_are_wrong_or_impossible_end_the_build() {
    let own = Own::new(&serve(Silence::Never));
    let mut command = own.hardpan(&["build", ".#other"]);
    let expected = ["error: ", "/other", "hint: if the new content is what you want"];
    fails(&mut command, own.folder.path(), 102, &expected);
    assert_eq!(own.stored("-other"), Vec::<PathBuf>::new());

    let closed = Own::new("127.0.0.1:9");
    let mut command = closed.hardpan(&["build", ".#fetched"]);
    let expected = [
        "no network to 'http://127.0.0.1:9/fetched'",
        "hint: check the network connection",
    ];
    fails(&mut command, closed.folder.path(), 100, &expected);
    assert_eq!(closed.stored("-fetched"), Vec::<PathBuf>::new());
}

#[test]
fn a_server_that_falls_silent_is_given_up() {
    let own = Own::new(&serve(Silence::Always));
    let mut command = own.hardpan(&["build", ".#fetched"]);
    command.env("NIX_CONFIG", "stalled-download-timeout = 1");
    let began = Instant::now();
    let expected = ["/fetched' was given up: the server sent nothing in 1.", "hint: "];
    fails(&mut command, own.folder.path(), 100, &expected);
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "it took {:?}",
        began.elapsed()
    );
    assert_eq!(own.stored("-fetched"), Vec::<PathBuf>::new());
}
