//! A repository: its configuration, its hooks, its names.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{hardpan, succeed, text};

/// A repository with a flake, and a program that leaves a mark if anything runs it.
struct Repository {
    top: tempfile::TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Self {
            top: tempfile::tempdir().expect("a temporary folder"),
        };
        repository.write("trap", "#!/bin/sh\ntouch TOP/mark\ncat\n");
        repository.run("chmod", &["+x", "trap"], ".");
        repository.write(
            "r/flake.nix",
            "{ outputs = { self }: { v = builtins.readFile ./file; }; }",
        );
        repository.write("r/file", "one");
        repository.git("r", &["init", "--quiet", "-b", "main"]);
        repository.commit("r");
        repository
    }

    fn path(&self, name: &str) -> PathBuf {
        self.top.path().join(name)
    }

    /// The text with `TOP` for our folder.
    fn placed(&self, text: &str) -> String {
        text.replace("TOP", &self.top.path().to_string_lossy())
    }

    fn write(&self, name: &str, contents: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it has a parent")).expect("folders can be made");
        fs::write(path, self.placed(contents)).expect("files can be written");
    }

    fn append(&self, name: &str, more: &str) {
        let before = fs::read_to_string(self.path(name)).unwrap_or_default();
        self.write(name, &(before + more));
    }

    fn run(&self, program: &str, arguments: &[&str], folder: &str) -> Output {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.path(folder));
        for (name, value) in [
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_DATE", "2024-02-29T23:59:59Z"),
            ("GIT_COMMITTER_DATE", "2024-02-29T23:59:59Z"),
        ] {
            command.env(name, value);
        }
        command.output().expect("the program starts")
    }

    fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let name = [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "-c",
            "protocol.file.allow=always",
        ];
        let output = self.run("git", &[&name, arguments].concat(), folder);
        assert!(output.status.success(), "git {arguments:?}: {}", text(&output));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn commit(&self, folder: &str) -> String {
        self.git(folder, &["add", "--all"]);
        self.git(folder, &["commit", "--quiet", "--allow-empty", "-m", "one"]);
        self.git(folder, &["rev-parse", "HEAD"])
    }

    /// hardpan in the repository, with the user's own git settings out of the way.
    fn hardpan(&self, arguments: &[&str]) -> Command {
        let mut command = hardpan(&self.path("data"));
        command.current_dir(self.path("r"));
        command.env("HOME", self.path("home"));
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        command.args(arguments.iter().map(|argument| self.placed(argument)));
        command
    }

    fn eval(&self, code: &str) -> Output {
        let mut command = self.hardpan(&["eval", "--raw", "--expr", code]);
        command.output().expect("the command starts")
    }

    fn is_marked(&self) -> bool {
        self.path("mark").exists()
    }

    /// Everything that reads the repository or writes to it, whether it works or not.
    fn use_in_all_ways(&self) {
        let revision = self.git("r", &["log", "-1", "--format=%H"]);
        let _ = fs::remove_file(self.path("mark"));
        let by_revision = format!("git+file://TOP/r?rev={revision}&submodules=1#v");
        // The content is newer than the index says, so that it has to be compared.
        let ways: &[&[&str]] = &[
            &["eval", "--raw", ".#v"],
            &["eval", "--raw", "git+file://TOP/r?submodules=1#v"],
            &["eval", "--raw", &by_revision],
            &["flake", "lock"],
        ];
        for way in ways {
            self.write("r/file", "two");
            let _ = self.hardpan(way).output().expect("the command starts");
        }
    }
}

/// What a repository's settings may name, one promise each: none of it runs.
const SETTINGS: &[(&str, &str)] = &[
    ("a monitor of the file system", "[core]\nfsmonitor = TOP/trap\n"),
    (
        "a monitor of another version",
        "[core]\nfsmonitor = TOP/trap\nfsmonitorhookversion = 1\n",
    ),
    (
        "a clean filter",
        "[filter \"x\"]\nclean = TOP/trap\nrequired = true\n",
    ),
    ("a smudge filter", "[filter \"x\"]\nsmudge = TOP/trap\n"),
    ("a filter process", "[filter \"x\"]\nprocess = TOP/trap\n"),
    ("a folder of hooks", "[core]\nhookspath = TOP/hooks\n"),
    (
        "an ssh command",
        "[core]\nsshcommand = TOP/trap\n[remote \"origin\"]\nurl = ssh://h/r\npromisor = true\n",
    ),
    (
        "a proxy for git",
        "[core]\ngitproxy = TOP/trap\n[remote \"origin\"]\nurl = git://h/r\npromisor = true\n",
    ),
    (
        "a pager",
        "[core]\npager = TOP/trap\n[pager]\nlog = TOP/trap\nstatus = TOP/trap\n",
    ),
    (
        "an editor",
        "[core]\neditor = TOP/trap\n[sequence]\neditor = TOP/trap\n",
    ),
    ("a program that asks", "[core]\naskpass = TOP/trap\n"),
    ("a helper for credentials", "[credential]\nhelper = !TOP/trap\n"),
    (
        "another address",
        "[url \"ext::TOP/trap %S \"]\ninsteadof = https://\ninsteadof = file://\n[protocol \"ext\"]\nallow = always\n",
    ),
    ("an included file", "[include]\npath = TOP/included\n"),
    (
        "a file included for a folder",
        "[includeIf \"gitdir:/\"]\npath = TOP/included\n",
    ),
    (
        "a file included for a branch",
        "[includeIf \"onbranch:main\"]\npath = TOP/included\n",
    ),
    (
        "settings of a work tree",
        "[core]\nrepositoryformatversion = 1\n[extensions]\nworktreeconfig = true\n",
    ),
    ("a hook for packs", "[uploadpack]\npackobjectshook = TOP/trap\n"),
    (
        "a remote's program",
        "[remote \"origin\"]\nurl = TOP/r\nuploadpack = TOP/trap\npromisor = true\npartialclonefilter = blob:none\n",
    ),
    (
        "a remote of the kind ext",
        "[protocol]\nallow = always\n[remote \"origin\"]\nurl = ext::TOP/trap\npromisor = true\n",
    ),
    (
        "a remote's helper",
        "[remote \"origin\"]\nvcs = ext\nurl = TOP/trap\npromisor = true\n",
    ),
    (
        "a command for references",
        "[core]\nalternaterefscommand = TOP/trap\n",
    ),
    (
        "an update of submodules",
        "[submodule \"s\"]\nupdate = !TOP/trap\nactive = true\nurl = TOP/s\n",
    ),
    (
        "a program that shows differences",
        "[diff]\nexternal = TOP/trap\n[diff \"x\"]\ncommand = TOP/trap\ntextconv = TOP/trap\n",
    ),
    (
        "a program that checks signatures",
        "[gpg]\nprogram = TOP/trap\n[log]\nshowsignature = true\n",
    ),
    (
        "another name for a command",
        "[alias]\nstatus = !TOP/trap\nls-files = !TOP/trap\nlog = !TOP/trap\n",
    ),
    (
        "a file of attributes",
        "[core]\nattributesfile = TOP/attributes\n[filter \"y\"]\nclean = TOP/trap\n",
    ),
    (
        "upkeep",
        "[gc]\nauto = 1\n[maintenance]\nauto = true\n[core]\nhookspath = TOP/hooks\n",
    ),
    ("a driver for merges", "[merge \"x\"]\ndriver = TOP/trap\n"),
];

#[test]
fn nothing_runs_that_the_settings_of_a_repository_name() {
    let mut alive = 0;
    for (what, settings) in SETTINGS {
        let repository = Repository::new();
        repository.write("r/.gitattributes", "* filter=x diff=x merge=x\n");
        repository.commit("r");
        repository.write("included", "[core]\nfsmonitor = TOP/trap\n");
        repository.write("attributes", "* filter=y\n");
        repository.write("r/.git/config.worktree", "[core]\nfsmonitor = TOP/trap\n");
        fs::create_dir(repository.path("hooks")).expect("a new folder");
        for hook in [
            "post-index-change",
            "post-checkout",
            "reference-transaction",
            "pre-auto-gc",
        ] {
            fs::copy(repository.path("trap"), repository.path(&format!("hooks/{hook}"))).expect("a file");
        }
        repository.append("r/.git/config", settings);
        repository.use_in_all_ways();
        assert!(!repository.is_marked(), "{what} ran");
        // git itself runs some of them, so that the test would notice.
        repository.write("r/file", "three");
        let _ = repository.run("git", &["status"], "r");
        alive += usize::from(repository.is_marked());
    }
    assert!(alive >= 5, "git runs only {alive} of them");
}

#[test]
fn no_hook_of_a_repository_runs() {
    let repository = Repository::new();
    fs::create_dir_all(repository.path("r/.git/hooks")).expect("a folder");
    let names = "post-index-change post-checkout post-commit pre-commit reference-transaction post-merge pre-push \
                 fsmonitor-watchman pre-auto-gc post-rewrite update push-to-checkout";
    for name in names.split_whitespace() {
        fs::copy(
            repository.path("trap"),
            repository.path(&format!("r/.git/hooks/{name}")),
        )
        .expect("a file");
    }
    repository.use_in_all_ways();
    assert!(!repository.is_marked());
}

#[test]
fn attributes_beside_the_tree_do_not_count() {
    let repository = Repository::new();
    repository.write("r/.git/info/attributes", "* filter=x\n");
    repository.append(
        "r/.git/config",
        "[filter \"x\"]\nclean = TOP/trap\nsmudge = TOP/trap\n",
    );
    repository.use_in_all_ways();
    assert!(!repository.is_marked());
}

#[test]
fn a_git_file_that_leads_to_settings_elsewhere_runs_nothing() {
    let repository = Repository::new();
    fs::rename(repository.path("r/.git"), repository.path("elsewhere")).expect("it can be moved");
    repository.write("r/.git", "gitdir: TOP/elsewhere\n");
    repository.append("elsewhere/config", "[core]\nfsmonitor = TOP/trap\n");
    repository.use_in_all_ways();
    assert!(!repository.is_marked());
}

#[test]
fn a_submodules_settings_run_nothing() {
    let repository = Repository::new();
    repository.write("s/inner", "in\n");
    repository.git("s", &["init", "--quiet", "-b", "main"]);
    repository.commit("s");
    let address = repository.placed("TOP/s");
    repository.git("r", &["submodule", "--quiet", "add", &address, "s"]);
    repository.commit("r");
    let settings = "[core]\nfsmonitor = TOP/trap\n[filter \"x\"]\nclean = TOP/trap\n";
    repository.append("r/.git/modules/s/config", settings);
    repository.write("r/s/.gitattributes", "* filter=x\n");
    repository.write("r/s/inner", "changed");
    repository.use_in_all_ways();
    assert!(!repository.is_marked());
    let names = "builtins.attrNames (builtins.readDir";
    let code =
        format!("toString ({names} \"${{builtins.fetchGit {{ url = TOP/r; submodules = true; }}}}/s\"))");
    let output = repository.eval(&code);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "inner",
        "{}",
        text(&output)
    );
}

#[test]
fn submodules_of_a_commit_are_fetched_without_their_settings() {
    let repository = Repository::new();
    repository.write("s/inner", "in");
    repository.git("s", &["init", "--quiet", "-b", "main"]);
    repository.commit("s");
    repository.git("r", &["submodule", "--quiet", "add", "../s", "s"]);
    repository.git(
        "r",
        &["config", "-f", ".gitmodules", "submodule.s.update", "!TOP/trap"],
    );
    let revision = repository.commit("r");
    repository.append(
        "s/.git/config",
        "[core]\nfsmonitor = TOP/trap\n[uploadpack]\npackobjectshook = TOP/trap\n",
    );
    let code = format!(
        "builtins.readFile \"${{builtins.fetchGit {{ url = TOP/r; rev = \"{revision}\"; submodules = true; }}}}/s/inner\""
    );
    let output = repository.eval(&code);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "in", "{}", text(&output));
    assert!(!repository.is_marked());
}

#[test]
fn a_revision_is_a_commit_and_not_a_name() {
    let repository = Repository::new();
    let revision = repository.git("r", &["rev-parse", "HEAD"]);
    let wrong = [
        "main",
        "HEAD",
        "refs/heads/main",
        "--help",
        "HEAD~0",
        ":/one",
        "@",
        "",
        &revision[..39],
        &revision.to_uppercase(),
        &format!("{revision}^0"),
        &format!("{revision}\n"),
    ];
    for rev in wrong {
        for function in ["fetchGit", "fetchTree"] {
            let rev = rev.replace('\n', "\\n");
            let code = format!(
                "(builtins.{function} {{ type = \"git\"; url = \"file://TOP/r\"; rev = \"{rev}\"; }}).outPath"
            )
            .replace(
                if function == "fetchGit" {
                    "type = \"git\"; "
                } else {
                    ""
                },
                "",
            );
            let output = repository.eval(&code);
            assert!(!output.status.success(), "{function} takes {rev:?}");
            assert!(
                text(&output).contains("40 or 64 hexadecimal digits"),
                "{rev:?}: {}",
                text(&output)
            );
        }
    }
    let output = repository
        .hardpan(&["eval", "--raw", "git+file://TOP/r?rev=main#v"])
        .output();
    let output = output.expect("the command starts");
    assert!(
        text(&output).contains("40 or 64 hexadecimal digits"),
        "{}",
        text(&output)
    );
}

#[test]
fn a_lock_cannot_name_a_branch_as_a_revision() {
    let repository = Repository::new();
    repository.write(
        "user/flake.nix",
        "{ inputs.r.url = \"git+file://TOP/r\"; outputs = { self, r }: { inherit (r) v; }; }",
    );
    let mut lock = repository.hardpan(&["flake", "lock", "TOP/user"]);
    succeed(&mut lock);
    let revision = repository.git("r", &["rev-parse", "HEAD"]);
    let locked = fs::read_to_string(repository.path("user/flake.lock")).expect("there is a lock");
    repository.write("user/flake.lock", &locked.replace(&revision, "main"));
    let output = repository
        .hardpan(&["eval", "--raw", "TOP/user#v"])
        .output()
        .expect("the command starts");
    assert!(!output.status.success());
    let said = text(&output);
    assert!(
        said.contains("flake.lock") && said.contains("40 or 64 hexadecimal digits"),
        "{said}"
    );
    assert!(
        said.trim_end()
            .lines()
            .last()
            .is_some_and(|line| line.contains("git checkout flake.lock")),
        "{said}"
    );
}

#[test]
fn a_repository_never_gets_the_tree_of_another() {
    let repository = Repository::new();
    repository.git("r", &["clone", "--quiet", ".", "../other"]);
    repository.write("r/file", "of r");
    let revision = repository.commit("r");
    let of = |name: &str| {
        let fetched = format!("builtins.fetchGit {{ url = \"file://TOP/{name}\"; rev = \"{revision}\"; }}");
        repository.eval(&format!("builtins.readFile \"${{{fetched}}}/file\""))
    };
    assert_eq!(String::from_utf8_lossy(&of("r").stdout), "of r");
    let output = of("other");
    assert!(!output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("no such commit"), "{}", text(&output));
}

#[test]
fn a_replaced_object_is_not_taken_for_the_commit() {
    let repository = Repository::new();
    let right = repository.git("r", &["rev-parse", "HEAD"]);
    repository.write("r/file", "replaced");
    let wrong = repository.commit("r");
    repository.git("r", &["replace", &right, &wrong]);
    let code =
        format!("builtins.readFile \"${{builtins.fetchGit {{ url = TOP/r; rev = \"{right}\"; }}}}/file\"");
    let output = repository.eval(&code);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "one",
        "{}",
        text(&output)
    );
}

#[test]
fn a_tree_with_a_link_and_a_folder_of_one_name_writes_nothing_outside() {
    let repository = Repository::new();
    fs::create_dir(repository.path("outside")).expect("a new folder");
    let object = |contents: &str| {
        repository.write("content", contents);
        repository.git("r", &["hash-object", "-w", "../content"])
    };
    let (link, file) = (object("TOP/outside"), object("stolen"));
    let tree =
        |lines: &[(&str, &str, &str)]| {
            let mut bytes = Vec::new();
            for (mode, name, id) in lines {
                bytes.extend(format!("{mode} {name}\0").bytes());
                bytes.extend((0..id.len()).step_by(2).map(|at| {
                    u8::from_str_radix(&id[at..at + 2], 16).expect("an id has hexadecimal digits")
                }));
            }
            fs::write(repository.path("tree"), bytes).expect("a file can be written");
            repository.git(
                "r",
                &["hash-object", "-t", "tree", "-w", "--literally", "../tree"],
            )
        };
    let folder = tree(&[("100644", "planted", &file)]);
    let top = tree(&[("120000", "a", &link), ("40000", "a", &folder)]);
    let commit = repository.git("r", &["commit-tree", "-m", "two", &top]);
    let output = repository.eval(&format!(
        "(builtins.fetchGit {{ url = TOP/r; rev = \"{commit}\"; }}).outPath"
    ));
    assert!(!output.status.success(), "{}", text(&output));
    assert!(
        !repository.path("outside/planted").exists(),
        "a file was written outside of the tree"
    );
}

#[test]
fn addresses_and_branches_of_git_are_no_commands() {
    let repository = Repository::new();
    let table = [
        ("ext::TOP/trap", "main"),
        ("ext::sh -c TOP/trap", "main"),
        ("--upload-pack=TOP/trap", "main"),
        ("-oProxyCommand=TOP/trap", "main"),
        ("ssh://-oProxyCommand=TOP/trap/r", "main"),
        ("git://-x/r", "main"),
        ("fd::0", "main"),
        ("file://TOP/r", "--upload-pack=TOP/trap"),
        ("file://TOP/r", "-h"),
        ("file://TOP/r", "main:refs/heads/other"),
        ("file://TOP/r", "main^{/one}"),
        ("file://TOP/r", "../../config"),
        ("TOP/r", "+main"),
    ];
    for (url, reference) in table {
        let code = format!("(builtins.fetchGit {{ url = \"{url}\"; ref = \"{reference}\"; }}).outPath");
        let output = repository.eval(&code);
        assert!(!repository.is_marked(), "{url} {reference}");
        assert!(!output.status.success(), "{url} {reference}: {}", text(&output));
    }
}

/// A key without a password, and its public half in base 64.
fn key(repository: &Repository, name: &str) -> Option<String> {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "nobody", "-f"])
        .arg(repository.path(name))
        .status();
    if !made.is_ok_and(|status| status.success()) {
        println!("not tried: there is no ssh-keygen");
        return None;
    }
    let public = fs::read_to_string(repository.path(&format!("{name}.pub"))).expect("it has a public half");
    public.split(' ').nth(1).map(str::to_owned)
}

#[test]
fn a_commit_without_the_signature_that_was_asked_for_is_refused() {
    let repository = Repository::new();
    let (Some(good), Some(bad)) = (key(&repository, "good"), key(&repository, "bad")) else {
        return;
    };
    let unsigned = repository.git("r", &["rev-parse", "HEAD"]);
    let signed_by = |name: &str| {
        let key = repository.placed(&format!("user.signingkey=TOP/{name}"));
        let sign = [
            "-c",
            "gpg.format=ssh",
            "-c",
            &key,
            "commit",
            "-S",
            "--quiet",
            "--allow-empty",
            "-m",
            name,
        ];
        repository.git("r", &sign);
        repository.git("r", &["rev-parse", "HEAD"])
    };
    let (right, wrong) = (signed_by("good"), signed_by("bad"));
    let one = format!("publicKey = \"{good}\";");
    let several = format!("publicKeys = [ {{ type = \"ssh-ed25519\"; key = \"{good}\"; }} ];");
    let table: &[(&str, String, bool)] = &[
        (&right, one.clone(), true),
        (&right, several.clone(), true),
        (&right, format!("verifyCommit = true; {one}"), true),
        (&right, format!("publicKey = \"{bad}\";"), false),
        (&right, "verifyCommit = true;".to_owned(), false),
        (&right, format!("publicKey = \"{good} x\";"), false),
        (
            &right,
            format!("publicKey = \"{good}\"; keytype = \"ssh-rsa\";"),
            false,
        ),
        (&wrong, one.clone(), false),
        (&wrong, several, false),
        (&unsigned, one.clone(), false),
        (&unsigned, "verifyCommit = true;".to_owned(), false),
        (&unsigned, format!("verifyCommit = false; {one}"), true),
    ];
    // A signature is looked at also where the commit was fetched before without.
    for revision in [&right, &wrong, &unsigned] {
        let output = repository.eval(&format!(
            "(builtins.fetchGit {{ url = TOP/r; rev = \"{revision}\"; }}).rev"
        ));
        assert!(output.status.success(), "{}", text(&output));
    }
    for (revision, asked, expected) in table {
        let code = format!("(builtins.fetchGit {{ url = TOP/r; rev = \"{revision}\"; {asked} }}).rev");
        let output = repository.eval(&code);
        assert_eq!(output.status.success(), *expected, "{asked}: {}", text(&output));
    }
    repository.write("r/file", "changed");
    let output = repository.eval(&format!("(builtins.fetchGit {{ url = TOP/r; {one} }}).outPath"));
    assert!(
        text(&output).contains("no signed commit holds"),
        "{}",
        text(&output)
    );
}

#[test]
fn what_people_rely_on_works_as_before() {
    let repository = Repository::new();
    let eval = |place: &str| {
        let output = succeed(&mut repository.hardpan(&["eval", "--raw", place]));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            said.contains("dirty"),
        )
    };
    let clean = |text: &str| (text.to_owned(), false);
    assert_eq!(eval(".#v"), clean("one"));
    // Further work trees, shallow and bare repositories, other branches, moved folders of git.
    repository.git("r", &["branch", "other"]);
    repository.git("r", &["worktree", "add", "--quiet", "../tree", "other"]);
    assert_eq!(eval("TOP/tree#v"), clean("one"));
    repository.write("tree/file", "two");
    assert_eq!(eval("TOP/tree#v"), ("two".to_owned(), true));
    repository.commit("tree");
    assert_eq!(eval("TOP/tree#v"), clean("two"));
    assert_eq!(eval("git+file://TOP/r?ref=other#v"), clean("two"));
    repository.git("r", &["clone", "--quiet", "--bare", ".", "../bare"]);
    assert_eq!(eval("git+file://TOP/bare?ref=other#v"), clean("two"));
    let address = repository.placed("file://TOP/r");
    repository.git("r", &["clone", "--quiet", "--depth=1", &address, "../shallow"]);
    assert_eq!(eval("TOP/shallow#v"), clean("one"));
    repository.git("r", &["pack-refs", "--all"]);
    assert_eq!(eval("git+file://TOP/r?ref=other#v"), clean("two"));
    repository.git("r", &["update-index", "--split-index"]);
    assert_eq!(eval(".#v"), clean("one"));
    // A file that only differs in what the repository does not look at.
    repository.git("r", &["config", "core.fileMode", "false"]);
    repository.run("chmod", &["+x", "file"], "r");
    assert_eq!(eval(".#v"), clean("one"));
    // A file of Git LFS.
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:\
                   3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3\nsize 3\n";
    repository.write("r/file", pointer);
    repository.commit("r");
    repository.write("r/file", "two");
    assert_eq!(eval(".#v"), clean("two"));
    repository.write("r/file", "three");
    assert_eq!(eval(".#v"), ("three".to_owned(), true));
}

#[test]
fn the_index_is_only_told_of_the_lock_file() {
    let repository = Repository::new();
    repository.write("o/flake.nix", "{ outputs = { self }: { }; }");
    repository.write(
        "r/flake.nix",
        "{ inputs.o.url = \"path:TOP/o\"; outputs = { self, o }: { }; }",
    );
    repository.commit("r");
    succeed(&mut repository.hardpan(&["flake", "lock"]));
    assert_eq!(repository.git("r", &["status", "--porcelain"]), "A flake.lock");
    assert!(Path::new(&repository.path("r/flake.lock")).exists());
}
