//! Attacks by everybody whom hardpan does not trust, one file for each actor of `docs/security.md`, each attempt a
//! test that is named after the promise it tries to break.

#[path = "../bad_input/archive.rs"]
#[expect(dead_code, reason = "the tests of bad input use more of it")]
mod archive;
#[path = "../../../debian/src/testing/signer.rs"]
#[expect(
    dead_code,
    reason = "the tests of signatures themselves make more kinds of them"
)]
mod signer;
#[path = "../support/mod.rs"]
mod support;

#[path = "../cli/project.rs"]
#[allow(dead_code, reason = "the attempts use a part of it")]
mod project;

mod archives;
mod builders;
mod caches;
mod flakes;
mod git;
mod machine;
mod own;
mod sandbox;
mod store;
mod terminal;
