//! Tables of sound and damaged packages.

use std::io::Write;

use super::*;

const CONTROL: &str = "Package: x\nVersion: 1.0\nArchitecture: all\nDescription: x\n more\n";

/// A tar archive being written.
struct Tar(Vec<u8>);

impl Tar {
    fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds an entry with a path that a proper tar program would refuse to write.
    fn add(mut self, path: &str, kind: u8, link: &str, content: &[u8]) -> Self {
        let mut header = tar::Header::new_ustar();
        let raw = header.as_mut_bytes();
        raw[..path.len()].copy_from_slice(path.as_bytes());
        raw[157..157 + link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(tar::EntryType::new(kind));
        header.set_size(content.len() as u64);
        header.set_mode(0o4755);
        header.set_uid(0);
        header.set_gid(42);
        header.set_mtime(1_700_000_000);
        header.set_username("root").expect("the name fits");
        header.set_groupname("shadow").expect("the name fits");
        header.set_cksum();
        self.0.extend(header.as_bytes());
        self.0.extend(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    fn file(self, path: &str, content: &[u8]) -> Self {
        self.add(path, b'0', "", content)
    }

    fn directory(self, path: &str) -> Self {
        self.add(path, b'5', "", b"")
    }

    fn finish(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }
}

fn ar(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, content) in members {
        let size = content.len();
        writeln!(
            bytes,
            "{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`",
            0, 0, 0, "100644"
        )
        .expect("writing to memory works");
        bytes.extend(content);
        if size % 2 == 1 {
            bytes.push(b'\n');
        }
    }
    bytes
}

fn control_tar() -> Vec<u8> {
    Tar::new()
        .directory("./")
        .file("./postinst", b"#!/bin/sh\n")
        .file("./control", CONTROL.as_bytes())
        .file("./conffiles", b"/etc/x\n")
        .finish()
}

fn deb(data: Vec<u8>) -> Vec<u8> {
    ar(&[
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar", control_tar()),
        ("data.tar", data),
    ])
}

fn compress(suffix: &str, bytes: &[u8]) -> Vec<u8> {
    match suffix {
        ".gz" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).expect("writing to memory works");
            encoder.finish().expect("writing to memory works")
        }
        ".xz" => {
            let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
            encoder.write_all(bytes).expect("writing to memory works");
            encoder.finish().expect("writing to memory works")
        }
        ".zst" => zstd::encode_all(bytes, 1).expect("writing to memory works"),
        _ => bytes.to_vec(),
    }
}

/// Path, kind and content of each entry.
fn entries(bytes: &[u8]) -> Result<Vec<(String, Kind, Vec<u8>)>, DebError> {
    let mut found = Vec::new();
    Deb::open(bytes)?.data_entries::<DebError>(|entry, content| {
        let mut read = Vec::new();
        content.read_to_end(&mut read).map_err(|source| DebError::Read {
            member: entry.path.clone(),
            source,
        })?;
        found.push((entry.path.clone(), entry.kind.clone(), read));
        Ok(())
    })?;
    Ok(found)
}

fn sample() -> Vec<u8> {
    Tar::new()
        .directory("./")
        .directory("./usr/")
        .directory("./usr/bin/")
        .file("./usr/bin/x", b"hello")
        .add("./usr/bin/y", b'2', "../bin/x", b"")
        .add("./usr/bin/z", b'1', "./usr/bin/x", b"")
        .finish()
}

#[test]
fn every_compression_is_read() {
    let expected = [
        ("/", Kind::Directory, ""),
        ("/usr", Kind::Directory, ""),
        ("/usr/bin", Kind::Directory, ""),
        ("/usr/bin/x", Kind::Regular { size: 5 }, "hello"),
        ("/usr/bin/y", Kind::Symlink("../bin/x".to_owned()), ""),
        ("/usr/bin/z", Kind::Hardlink("/usr/bin/x".to_owned()), ""),
    ];
    let expected = expected.map(|(path, kind, content)| (path.to_owned(), kind, content.into()));
    for suffix in ["", ".gz", ".xz", ".zst"] {
        let bytes = ar(&[
            ("debian-binary/", b"2.0\n".to_vec()),
            ("_note", b"x".to_vec()),
            (&format!("control.tar{suffix}"), compress(suffix, &control_tar())),
            (&format!("data.tar{suffix}"), compress(suffix, &sample())),
            ("_gpgorigin", b"signature".to_vec()),
        ]);
        assert_eq!(entries(&bytes).expect(suffix), expected, "{suffix}");
    }
}

#[test]
fn control_information_is_read() {
    let bytes = deb(sample());
    let deb = Deb::open(&bytes).expect("the package is sound");
    assert_eq!(deb.control().get("package"), Some("x"));
    assert_eq!(deb.control().get("Description"), Some("x\n more"));
    let names: Vec<&str> = deb.members().map(|(name, _)| name).collect();
    assert_eq!(names, ["conffiles", "postinst"]);
    assert_eq!(deb.member("conffiles"), Some(b"/etc/x\n".as_slice()));
    assert_eq!(deb.member("prerm"), None);
}

#[test]
fn owners_times_and_attributes_are_read() {
    let long = format!("./{}", "d/".repeat(120));
    let pax = format!("{} path={long}\n", long.len() + 10);
    let data = Tar::new()
        .add("pax", b'x', "", pax.as_bytes())
        .directory("short")
        .add("pax", b'x', "", b"37 SCHILY.xattr.security.capability=\n")
        .file("./ping", b"")
        .add("././@LongLink", b'L', "", b"./a-long-name\0")
        .file("cut-off", b"")
        .finish();
    let bytes = deb(data);
    let mut found = Vec::new();
    Deb::open(&bytes)
        .and_then(|deb| {
            deb.data_entries::<DebError>(|entry, _| {
                found.push(entry.clone());
                Ok(())
            })
        })
        .expect("the package is sound");
    assert_eq!(found[0].path, long[1..].trim_end_matches('/'));
    let ping = &found[1];
    assert_eq!((ping.mode, ping.uid, ping.gid), (0o4755, 0, 42));
    assert_eq!((ping.uname.as_str(), ping.gname.as_str()), ("root", "shadow"));
    assert_eq!(ping.mtime, 1_700_000_000);
    assert_eq!(ping.xattrs, [("security.capability".to_owned(), Vec::new())]);
    assert_eq!(found[2].path, "/a-long-name");
}

#[test]
fn bad_entries_are_refused_by_name() {
    let tar = Tar::new;
    let cases = [
        ("climbs", tar().file("./../etc/passwd", b""), "climbs with .."),
        (
            "climbs inside",
            tar().file("./usr/../../x", b""),
            "climbs with ..",
        ),
        (
            "hard link climbs",
            tar().add("./x", b'1', "../../y", b""),
            "climbs with ..",
        ),
        ("twice", tar().file("./x", b"").file("x", b""), "holds /x twice"),
        (
            "file and directory",
            tar().file("./x", b"").directory("./x/"),
            "holds /x twice",
        ),
        (
            "character device",
            tar().add("./dev/null", b'3', "", b""),
            "/dev/null is a device node",
        ),
        (
            "block device",
            tar().add("./dev/sda", b'4', "", b""),
            "/dev/sda is a device node",
        ),
        ("pipe", tar().add("./p", b'6', "", b""), "/p is a named pipe"),
        (
            "kind unknown",
            tar().add("./p", b'Z', "", b""),
            "/p is a file of unknown kind",
        ),
        ("no target", tar().add("./p", b'2', "", b""), "without target"),
        ("line end", tar().file("./a\nb", b""), "control character"),
        (
            "below a link",
            tar().add("./etc", b'2', "/home", b"").file("./etc/x", b""),
            "not a directory",
        ),
        (
            "sizes disagree",
            tar().add("pax", b'x', "", b"10 size=9\n").file("./x", b"abc"),
            "disagree about the size",
        ),
        (
            "damaged record",
            tar().add("pax", b'x', "", b"99 size=9\n").file("./x", b""),
            "damaged record",
        ),
    ];
    for (name, data, expected) in cases {
        let error = entries(&deb(data.finish())).expect_err(name);
        assert!(error.to_string().contains(expected), "{name}: {error}");
    }
}

#[test]
fn a_directory_may_come_twice() {
    let data = Tar::new().directory("./usr/").directory("./usr").finish();
    assert_eq!(entries(&deb(data)).expect("the package is sound").len(), 1);
}

#[test]
fn bad_outer_archives_are_refused() {
    let version = || ("debian-binary", b"2.0\n".to_vec());
    let control = || ("control.tar", control_tar());
    let data = || ("data.tar", sample());
    let cases = [
        ("nothing", Vec::new(), "ar header"),
        ("text", b"hello".to_vec(), "ar header"),
        ("no members", ar(&[]), "empty"),
        (
            "format 3",
            ar(&[("debian-binary", b"3.0\n".to_vec()), control(), data()]),
            "format 2",
        ),
        ("no control", ar(&[version(), data()]), "control.tar should be"),
        ("no data", ar(&[version(), control()]), "no data.tar"),
        (
            "stranger",
            ar(&[version(), ("x", vec![]), control(), data()]),
            "has x where",
        ),
        (
            "old lzma",
            ar(&[version(), ("control.tar.lzma", vec![]), data()]),
            "not supported",
        ),
    ];
    for (name, bytes, expected) in cases {
        let error = entries(&bytes).expect_err(name);
        assert!(error.to_string().contains(expected), "{name}: {error}");
    }
}

#[test]
fn bad_control_files_are_refused() {
    let cases: [(&str, Tar, &str); 4] = [
        ("missing", Tar::new(), "missing"),
        ("empty", Tar::new().file("./control", b""), "empty"),
        (
            "no version",
            Tar::new().file("./control", b"Package: x\n"),
            "Version",
        ),
        ("no text", Tar::new().file("./control", b"\xff\n"), "UTF-8"),
    ];
    for (name, control, expected) in cases {
        let bytes = ar(&[
            ("debian-binary", b"2.0\n".to_vec()),
            ("control.tar", control.finish()),
            ("data.tar", sample()),
        ]);
        let error = entries(&bytes).expect_err(name);
        assert!(error.to_string().contains(expected), "{name}: {error}");
    }
}

/// Every prefix of a package is refused: nothing is taken for whole that is not.
#[test]
fn truncated_packages_are_refused() {
    for suffix in [".gz", ".xz", ".zst"] {
        let bytes = ar(&[
            ("debian-binary", b"2.0\n".to_vec()),
            (&format!("control.tar{suffix}"), compress(suffix, &control_tar())),
            (&format!("data.tar{suffix}"), compress(suffix, &sample())),
        ]);
        let padding = bytes.last() == Some(&b'\n');
        let whole = bytes.len() - usize::from(padding);
        for length in 0..whole {
            assert!(entries(&bytes[..length]).is_err(), "{suffix} {length}");
        }
        assert!(entries(&bytes).is_ok(), "{suffix}");
    }
}

/// A member that says it is whole, while its compressed stream is not.
#[test]
fn truncated_streams_are_refused() {
    for suffix in [".gz", ".xz", ".zst"] {
        let data = compress(suffix, &sample());
        for length in 0..data.len() {
            let bytes = ar(&[
                ("debian-binary", b"2.0\n".to_vec()),
                ("control.tar", control_tar()),
                (&format!("data.tar{suffix}"), data[..length].to_vec()),
            ]);
            assert!(entries(&bytes).is_err(), "{suffix} {length}");
        }
    }
}

#[test]
fn damaged_bytes_never_panic() {
    let sound = deb(sample());
    for index in 0..sound.len() {
        for flip in [1, 0x80, 0xff] {
            let mut bytes = sound.clone();
            bytes[index] ^= flip;
            let _ = entries(&bytes);
        }
    }
}

#[test]
fn limits_stop_large_packages() {
    let bytes = deb(sample());
    let limits = Limits::default();
    let cases = [
        Limits {
            data_bytes: 1000,
            ..limits
        },
        Limits {
            control_bytes: 600,
            ..limits
        },
        Limits { entries: 3, ..limits },
    ];
    for limits in cases {
        let result =
            Deb::open_within(&bytes, limits).and_then(|deb| deb.data_entries::<DebError>(|_, _| Ok(())));
        assert!(result.is_err(), "{limits:?}");
    }
}
