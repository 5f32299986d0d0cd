//! Downloads that cannot be had.

use std::path::PathBuf;

use crate::fails;
use crate::own::{Own, serve};

#[test]
fn downloads_that_are_wrong_or_impossible_end_the_build() {
    let own = Own::new(&serve(false));
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
