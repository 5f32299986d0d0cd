//! Compares what is resolved with what apt would install.
//!
//! `HARDPAN_TEST_DEBIAN_TREE` must name a locked tree (as `debian::lock` writes it); without it nothing is done.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use debian::index::Index;
use debian::resolve::{Request, resolve};
use debian::tree::Manifest;

const WANTED: [&str; 14] = [
    "linux-image-cloud-amd64 systemd systemd-resolved openssh-server sudo containerd awscli chrony nftables",
    "nginx postgresql redis-server",
    "postfix dovecot-imapd rspamd",
    "mariadb-server php-fpm apache2",
    "kubernetes-client docker.io docker-compose",
    "gnome-shell",
    "texlive-full",
    "build-essential python3-numpy golang rustc",
    "default-mta",
    "qemu-system-x86 ovmf",
    "openjdk-21-jdk tomcat10",
    "slapd sssd krb5-kdc",
    "exim4 mailutils",
    "r-base octave",
];

/// A root for apt in which nothing is installed, with the tree's suites as its only sources.
struct Apt {
    folder: tempfile::TempDir,
}

impl Apt {
    fn new(tree: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let apt = Self { folder };
        for place in [
            "lists/partial",
            "cache/archives/partial",
            "etc/apt.conf.d",
            "etc/preferences.d",
            "state",
        ] {
            fs::create_dir_all(apt.path(place)).expect("the folder is new");
        }
        fs::write(apt.path("status"), "").expect("the folder is there");
        let manifest = Manifest::read(tree).expect("the tree has a manifest");
        let mut sources = String::new();
        for suite in &manifest.suites {
            let base = apt.path("archives").join(&suite.archive);
            let dists = base.join("dists").join(&suite.suite);
            for index in &suite.indexes {
                let place = dists.join(&index.component).join("binary-amd64");
                fs::create_dir_all(&place).expect("it can be made");
                fs::copy(tree.join(&index.file), place.join("Packages.xz")).expect("it can be copied");
                let component = &index.component;
                sources += &format!(
                    "deb [trusted=yes] file:{} {} {component}\n",
                    base.display(),
                    suite.suite
                );
            }
            fs::copy(tree.join(suite.release_file()), dists.join("InRelease")).expect("it can be copied");
        }
        fs::write(apt.path("etc/sources.list"), sources).expect("the folder is there");
        let root = apt.folder.path().display();
        let configuration = format!(
            "Dir \"{root}\";\nDir::Etc \"{root}/etc\";\nDir::State \"{root}/state\";\nDir::State::lists \"{root}/lists\";\n\
             Dir::State::status \"{root}/status\";\nDir::Cache \"{root}/cache\";\nAPT::Architecture \"amd64\";\n\
             APT::Architectures {{\"amd64\";}};\nAPT::Install-Recommends \"false\";\nAcquire::Languages \"none\";\n\
             APT::Sandbox::User \"root\";\n"
        );
        fs::write(apt.path("conf"), configuration).expect("the folder is there");
        apt.run(&["update"]);
        apt
    }

    fn path(&self, place: &str) -> PathBuf {
        self.folder.path().join(place)
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new("apt-get")
            .args(arguments)
            .env("APT_CONFIG", self.path("conf"))
            .env("LC_ALL", "C")
            .output()
            .expect("apt-get is there");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Name and version of each package that would be installed.
    fn installs(&self, wanted: &[&str]) -> BTreeSet<(String, String)> {
        let arguments = [&["--simulate", "install"], wanted].concat();
        let output = self.run(&arguments);
        let lines = output.lines().filter_map(|line| line.strip_prefix("Inst "));
        let package = |line: &str| {
            let (name, rest) = line.split_once(" (")?;
            Some((name.to_owned(), rest.split_whitespace().next()?.to_owned()))
        };
        lines.filter_map(package).collect()
    }
}

#[test]
fn apt_agrees() {
    let Some(tree) = std::env::var_os("HARDPAN_TEST_DEBIAN_TREE").map(PathBuf::from) else {
        return;
    };
    let apt = Apt::new(&tree);
    let index = Index::compile_unsigned(&tree).expect("the tree is sound");
    for line in WANTED {
        let wanted: Vec<&str> = line.split(' ').collect();
        let request = Request {
            wanted: wanted.iter().map(|name| (*name).to_owned()).collect(),
            ..Request::default()
        };
        let resolution = resolve(&index, &request).expect(line);
        let ours = resolution
            .packages
            .into_iter()
            .map(|record| (record.name, record.version));
        assert_eq!(ours.collect::<BTreeSet<_>>(), apt.installs(&wanted), "{line}");
    }
}
