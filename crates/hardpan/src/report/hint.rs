//! What a person can do about an error.

use builder::{BuildError, FailureClass, NoMirrorHas};
use debian::deb::DebError;
use debian::index::IndexError;
use debian::lock::{LockError, MirrorFailure, MirrorProblem, ReleaseError};
use image::disk::DiskError;
use operations::vm::VmError;
use operations::{Error, KeyError};
use store::StoreError;

/// The last line of an error.
pub fn hint(error: &Error) -> Option<String> {
    match error {
        Error::Flake(error) => of_flake(error),
        Error::Store(error) => of_store(error),
        Error::Build(error) | Error::Check { source: error, .. } => of_build(error),
        Error::Evaluation(evaluation) => of_evaluation(evaluation),
        Error::NoAttribute { nearest, .. } | Error::NothingCalled { nearest, .. } if !nearest.is_empty() => {
            Some(did_you_mean(nearest))
        }
        Error::NothingCalled { what, .. } => Some(format!(
            "'hardpan path-info --recursive {what}' lists what it needs; name a store path or an installable, as in \
             '.#name', to ask about something else"
        )),
        Error::NoAttribute { flake, .. } if !flake.is_empty() => {
            Some(format!("'hardpan flake show {flake}' lists what it provides"))
        }
        Error::Checks { .. } => Some("each is shown above, with where it stands".to_owned()),
        Error::NotADerivation { what, .. } => Some(format!(
            "'hardpan eval {what}' shows what it is; derivations lie below it, if at all"
        )),
        Error::NotAMachine { .. } => {
            Some("name a NixOS configuration, as in 'hardpan vm .#my-base'".to_owned())
        }
        Error::MachineNotUp { .. } => Some(
            "'hardpan vm' without '--ssh' shows the whole console, '--serial-log FILE' keeps it; ssh must be enabled \
             (services.openssh.enable), and a slow machine may need a longer '--boot-timeout SECONDS'"
                .to_owned(),
        ),
        Error::Vm(error) => Some(of_machine(error)),
        Error::CannotPrint { .. } => Some("'--json' prints any value that has no functions".to_owned()),
        Error::FileExists { .. } => Some("choose another folder, or move the file away".to_owned()),
        Error::NoTemplate { known, .. } => Some(format!("there are {}", known.join(", "))),
        Error::NotInStore(_) => Some("'hardpan build' prints the store paths it makes".to_owned()),
        Error::StillAlive(path) => Some(format!(
            "'nix-store --query --roots {path}' finds out what keeps it"
        )),
        Error::NoDependency { .. } => Some("'--derivation' looks at what building needs".to_owned()),
        Error::Files { source, .. } => of_io(source),
        _ => None,
    }
}

fn of_evaluation(evaluation: &operations::EvaluationError) -> Option<String> {
    if evaluation.source.is_none() && evaluation.named_at.is_some() {
        return Some(
            "make the file, or correct the path: it counts from the folder of the file that it is written in"
                .to_owned(),
        );
    }
    let source = evaluation.source.as_ref()?;
    let flake = source.downcast_ref::<flake::Error>().and_then(of_flake);
    let store = source.downcast_ref::<StoreError>().and_then(of_store);
    let index = source.downcast_ref::<IndexError>().and_then(of_index);
    let key = source.downcast_ref::<KeyError>().and_then(of_key);
    flake
        .or(store)
        .or(index)
        .or(key)
        .or_else(|| source.downcast_ref::<Error>().and_then(hint))
}

fn of_machine(error: &VmError) -> String {
    match error {
        VmError::OtherImage { disk, .. } => format!(
            "'--old-image' boots what is on it; move '{}' away, and a new disk begins with this image",
            disk.display()
        ),
        VmError::ImageGone { disk, .. } => format!(
            "build that image again from its lock, or move '{}' away: a new disk is made then",
            disk.display()
        ),
        VmError::WhichMachine { known } => {
            let first = known.first().map_or("NAME", String::as_str);
            format!("name one, as in 'hardpan vm .#{first}'")
        }
        VmError::NoServer => {
            "services.openssh.enable = true; or go without '--ssh': the console is shown then".to_owned()
        }
        VmError::NoUser { nearest, .. } if !nearest.is_empty() => did_you_mean(nearest),
        VmError::NoUser { user, .. } => format!("users.users.{user} declares one; '--user' names another"),
        VmError::NoKeys { user } => format!(
            "put a public key into users.users.{user}.openssh.authorizedKeys.keys; '--user' names another user"
        ),
        VmError::KeyNotAllowed { user, .. } => format!(
            "put its public half into users.users.{user}.openssh.authorizedKeys.keys, or name another key with '-i'"
        ),
        VmError::NotAKey { .. } => {
            "'-i' takes the file of a private key, such as ~/.ssh/id_ed25519".to_owned()
        }
        VmError::KeyOpenToOthers { file } => format!("chmod 600 {}", file.display()),
        VmError::BadForward { .. } => {
            "it is HOST:GUEST, as in '8080:80', 'udp:5353:53' or '0.0.0.0:8080:80'".to_owned()
        }
    }
}

fn did_you_mean(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    format!("did you mean {}?", names.join(" or "))
}

fn of_flake(error: &flake::Error) -> Option<String> {
    use flake::Error as E;
    let text = match error {
        E::NotAFlake(_) => "'hardpan init my-base' makes a new project".to_owned(),
        E::BadReference { .. } => {
            "references look like '.#name', 'path:/folder', 'github:owner/repository'".to_owned()
        }
        E::LockChangesForbidden(flake) => {
            format!("'hardpan flake lock {flake}' brings the lock file up to date")
        }
        E::NarHashMismatch { .. } => {
            "if the new content is what you want, 'hardpan flake update' locks it".to_owned()
        }
        E::OtherBase { .. } => {
            "'hardpan flake update hardpan' takes this program's base and leaves Debian's packages \
             as they are; the program that wrote the lock builds it unchanged"
                .to_owned()
        }
        E::NotKnownToGit { folder, file } => format!(
            "'git -C {} add {}' makes it part of the flake; it need not be committed",
            quoted(&folder.to_string_lossy()),
            quoted(&file.to_string_lossy())
        ),
        E::Password { .. } => "leave the password out of the address and put it into the 'netrc-file' of the settings \
                               (machine HOST login NAME password WORD), or let git's credential helper know it"
            .to_owned(),
        E::BadLock { .. } => "restore the file as it was ('git checkout flake.lock' does, or 'git log flake.lock' finds \
                              what it was); without a copy of it remove the file, and 'hardpan flake lock' makes one of \
                              today's inputs"
            .to_owned(),
        E::ForeignLock { input, .. } => {
            format!("restore flake.lock from git, or 'hardpan flake update {input}' locks what flake.nix says")
        }
        E::FollowsNothing { .. } | E::FollowsCycle(_) => "correct 'follows' in flake.nix".to_owned(),
        E::Fetch { source, .. } => return of_fetch(source),
        E::Files { source, .. } => return of_io(source),
        E::Provider { source, .. } => {
            let store = source.downcast_ref::<StoreError>().and_then(of_store);
            let suites = source.downcast_ref::<LockError>().and_then(of_suites);
            let index = source.downcast_ref::<IndexError>().and_then(of_index);
            let key = source.downcast_ref::<KeyError>().and_then(of_key);
            return store
                .or(suites)
                .or(index)
                .or(key)
                .or_else(|| source.downcast_ref::<fetch::Error>().and_then(of_fetch));
        }
        _ => return None,
    };
    Some(text)
}

/// A word for a shell.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@%:,".contains(&byte);
    match !text.is_empty() && text.bytes().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

fn of_suites(error: &LockError) -> Option<String> {
    match error {
        LockError::NoRelease { failures, .. } => Some(of_mirrors(failures)),
        LockError::Gone { .. } => Some("'hardpan flake update' locks what the mirrors have today".to_owned()),
        LockError::Index { source, .. } => {
            of_fetch(source)
                .filter(|_| !source.is_hash_mismatch())
                .or_else(|| {
                    Some(format!(
                        "the mirror may be in the middle of an update: try again later, or {OTHER_MIRROR}"
                    ))
                })
        }
        LockError::Release { source, .. } => of_release(source),
        LockError::Signature { .. } | LockError::Forged { .. } => Some(NOT_SIGNED.to_owned()),
        LockError::Write { source, .. } => of_io(source),
        _ => None,
    }
}

/// What helps where a lock wants what no trusted key has signed.
const NOT_SIGNED: &str = "somebody altered the lock or the locked files: restore flake.lock from git, or \
                          'hardpan flake update' locks what the archive publishes now";

fn of_key(error: &KeyError) -> Option<String> {
    let text = match error {
        KeyError::NoAddress => "add '&keyUrl=https://…' to the input's URL in flake.nix".to_owned(),
        KeyError::BadPin(_) => {
            "'gpg --show-keys --with-fingerprint FILE' prints it; write all of its digits".to_owned()
        }
        KeyError::ReservedName { .. } => {
            "give the input another '&archive=NAME'; a mirror of Debian is named by 'mirror='".to_owned()
        }
        KeyError::PlainHttp { fingerprint, .. } => format!(
            "use https for keyUrl, or compare the fingerprint with what the publisher says elsewhere and add \
             '&key={fingerprint}' to the input's URL"
        ),
        KeyError::Several { .. } => {
            "say which one is meant: add '&key=FINGERPRINT' to the input's URL in flake.nix".to_owned()
        }
        KeyError::Subkey { .. } | KeyError::NotPinned { .. } => {
            "ask the publisher which key is right, then correct '&key=' in flake.nix".to_owned()
        }
        KeyError::Changed { new, .. } => format!(
            "ask the publisher whether it has a new key; if so, 'hardpan flake update --accept-key {new}' takes it"
        ),
        KeyError::ForeignCertificate { .. } => NOT_SIGNED.to_owned(),
        KeyError::Unusable(_) => "correct '&keyUrl=' in flake.nix".to_owned(),
        KeyError::Fetch(error) => return of_fetch(error),
    };
    Some(text)
}

fn of_index(error: &IndexError) -> Option<String> {
    match error {
        IndexError::Untrusted { .. } | IndexError::Keys { .. } => return Some(NOT_SIGNED.to_owned()),
        IndexError::Selection { .. } => {
            return Some("correct 'packages' and 'replace' in hardpan.archives".to_owned());
        }
        IndexError::OtherArchitecture { first, .. } => {
            return Some(format!(
                "add 'architecture={first}' to the further input's URL in flake.nix"
            ));
        }
        _ => {}
    }
    matches!(error, IndexError::Malformed { .. })
        .then(|| format!("the archive published it so: wait until that is mended, or {OTHER_MIRROR}"))
}

/// How another mirror is named.
const OTHER_MIRROR: &str = "name another mirror: debian.url = \"debian:trixie?mirror=http://ftp.debian.org/debian\" \
                            in flake.nix ('url' of another archive)";

/// What helps if every mirror's release file is refused; the first mirror, which is the wanted one, decides.
fn of_mirrors(failures: &[MirrorFailure]) -> String {
    let of_failure = |failure: &MirrorFailure| match &failure.problem {
        MirrorProblem::Fetch(error) => of_fetch(error),
        _ => None,
    };
    // Where none was reached, the reason is on this side.
    if let Some(hints) = failures.iter().map(of_failure).collect::<Option<Vec<_>>>()
        && let Some(hint) = hints.into_iter().next()
    {
        return hint;
    }
    let first = failures.first().map(|failure| &failure.problem);
    let known = match first {
        Some(MirrorProblem::Release(error)) => of_release(error),
        Some(MirrorProblem::Unsigned) => {
            Some("ask the publisher to sign the archive: hardpan takes none without".to_owned())
        }
        Some(MirrorProblem::Signature(_)) => Some(format!(
            "somebody altered the file, or the archive changed its key: do not use it before you know; {OTHER_MIRROR}"
        )),
        _ => None,
    };
    known.unwrap_or_else(|| OTHER_MIRROR.to_owned())
}

fn of_release(error: &ReleaseError) -> Option<String> {
    match error {
        ReleaseError::Future { .. } => Some("set this machine's clock, then try again".to_owned()),
        ReleaseError::Expired { .. } | ReleaseError::Rollback { .. } => Some(format!(
            "the mirror lags behind, or somebody holds back updates: try again later, or {OTHER_MIRROR}"
        )),
        ReleaseError::NoComponent { .. } | ReleaseError::WrongSuite { .. } | ReleaseError::NoIndex => {
            Some("correct the input's suite, components and architecture in flake.nix".to_owned())
        }
        _ => None,
    }
}

fn of_fetch(error: &fetch::Error) -> Option<String> {
    match error {
        error if error.is_hash_mismatch() => {
            Some("if the new content is what you want, put its hash where the old one stands".to_owned())
        }
        error if error.is_offline() => {
            Some("run it once without '--offline'; what was fetched is kept".to_owned())
        }
        error if error.is_no_network() => Some("check the network connection and proxy settings".to_owned()),
        fetch::Error::Stalled { .. } => Some(
            "try again later, or from another mirror; a slow server may need a longer 'stalled-download-timeout' (nix.conf)"
                .to_owned(),
        ),
        fetch::Error::Write { source, .. } => of_io(source),
        _ => None,
    }
}

fn of_store(error: &StoreError) -> Option<String> {
    match error {
        error if error.is_out_of_space() => Some(make_room()),
        StoreError::Schema { .. } => Some("use '--store' to choose another folder".to_owned()),
        StoreError::HashMismatch { .. } => {
            Some("'hardpan store verify' finds out what else is damaged".to_owned())
        }
        StoreError::File { source, .. } => of_io(source),
        _ => None,
    }
}

fn of_io(error: &std::io::Error) -> Option<String> {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Some(make_room()),
        std::io::ErrorKind::PermissionDenied => {
            Some("check who owns the folder, or choose another one".to_owned())
        }
        _ => None,
    }
}

fn make_room() -> String {
    "'hardpan store gc' removes what no 'result' link keeps alive".to_owned()
}

fn of_build(error: &BuildError) -> Option<String> {
    if let Some(hint) = of_causes(error) {
        return Some(hint);
    }
    match (error, error.class()) {
        (_, FailureClass::HashMismatch) => Some(
            "if the new content is what you want, put the hash after 'got:' where the old one stands"
                .to_owned(),
        ),
        (
            BuildError::Failed {
                kept: Some(folder), ..
            },
            _,
        ) => Some(format!("the build's folder was kept: {}", folder.display())),
        (
            BuildError::Failed {
                derivation, log_tail, ..
            },
            _,
        ) if !log_tail.is_empty() => Some(format!(
            "'hardpan log {derivation}' shows all that it said; '-K' keeps the build's folder"
        )),
        _ => None,
    }
}

/// What helps against what lies below a failed build: a full disk, a download.
fn of_causes(error: &BuildError) -> Option<String> {
    if let BuildError::Several(errors) = error {
        return errors.iter().find_map(of_causes);
    }
    if let BuildError::Store(error) = error {
        return of_store(error);
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(package) = error.downcast_ref::<NoMirrorHas>() {
            return of_package(package);
        }
        if error.is::<DebError>() {
            return Some(
                "the archive published it so: 'hardpan flake update' takes a later version".to_owned(),
            );
        }
        if let Some(DiskError::TooSmall { least_mib, .. }) = error.downcast_ref() {
            return Some(format!(
                "'virtualisation.diskSize = {least_mib};' is the least, '\"auto\"' lets hardpan count; \
                 'image.state.minimumSize' is what the state partition takes of it"
            ));
        }
        let fetched = error.downcast_ref::<fetch::Error>().and_then(of_fetch);
        let stored = error.downcast_ref::<std::io::Error>().and_then(of_full_disk);
        if let Some(hint) = fetched.or(stored) {
            return Some(hint);
        }
        if error.to_string().contains(NO_SANDBOX) {
            // It says itself what to do, and the system's reason looks like a full disk.
            return None;
        }
        cause = error.source();
    }
    None
}

fn of_package(error: &NoMirrorHas) -> Option<String> {
    match &error.source {
        fetch::Error::Write { source, .. } => of_io(source),
        error if error.is_not_found() => Some(format!(
            "'hardpan flake update' moves on to what the archive publishes now; to stay, {OTHER_MIRROR}"
        )),
        error if error.is_no_network() => of_fetch(error),
        _ => Some(OTHER_MIRROR.to_owned()),
    }
}

/// How the error begins that says that this machine makes no namespaces.
const NO_SANDBOX: &str = "this machine allows no sandbox";

fn of_full_disk(error: &std::io::Error) -> Option<String> {
    (error.kind() == std::io::ErrorKind::StorageFull).then(make_room)
}
