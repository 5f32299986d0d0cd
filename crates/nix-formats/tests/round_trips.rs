//! What is written is read back as it was: base 32, archives, derivations and `.narinfo` files, random ones from
//! fixed seeds.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use nix_formats::nar::{Event, Reader, Writer};
use nix_formats::narinfo::NarInfo;
use nix_formats::{
    ContentAddress, Derivation, Hash, HashAlgorithm, Method, Output, SecretKey, StorePath, nix32, store_path,
};

/// How many random values of each kind are tried.
const CASES: u64 = 300;

struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed ^ 0x5851_F42D_4C95_7F2D)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn bytes(&mut self, most: u64) -> Vec<u8> {
        (0..self.below(most + 1))
            .map(|_| self.next().to_le_bytes()[0])
            .collect()
    }

    /// Text with what formats must escape.
    fn text(&mut self) -> String {
        const PIECES: &[&str] = &[
            "a", "Z", "0", " ", "\"", "\\", "\n", "\r", "\t", "$", "ü", "✓", "=", ":",
        ];
        (0..self.below(12)).map(|_| self.pick(PIECES)).collect()
    }

    fn pick(&mut self, choices: &[&'static str]) -> &'static str {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn hash(&mut self) -> Hash {
        let algorithm = HashAlgorithm::ALL[self.below(4) as usize];
        Hash::of(algorithm, &self.bytes(8))
    }

    fn path(&mut self, end: &str) -> StorePath {
        let name = self.pick(&["hello-2.12", "a", "x_y+z", "q?m=1", "lib.so.1"]);
        let digest = Hash::sha256(&self.bytes(8));
        store_path::fixed_output_path(&format!("{name}{end}"), Method::Nar, &digest, &BTreeSet::new())
            .expect("a good name")
    }

    fn paths(&mut self, end: &str) -> BTreeSet<StorePath> {
        (0..self.below(4)).map(|_| self.path(end)).collect()
    }
}

#[test]
fn base32() {
    for seed in 0..CASES {
        let bytes = Random::new(seed).bytes(70);
        assert_eq!(nix32::decode(&nix32::encode(&bytes)), Some(bytes));
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Tree {
    File(bool, Vec<u8>),
    Link(Vec<u8>),
    Directory(BTreeMap<Vec<u8>, Tree>),
}

fn random_tree(random: &mut Random, depth: u64) -> Tree {
    match random.below(if depth == 0 { 2 } else { 4 }) {
        0 => Tree::File(random.coin(), random.bytes(40)),
        1 => Tree::Link(format!("../{}x", random.below(100)).into_bytes()),
        _ => {
            let mut entries = BTreeMap::new();
            for _ in 0..random.below(5) {
                let name = format!("{}ü{}", random.below(9), random.below(9)).into_bytes();
                entries.insert(name, random_tree(random, depth - 1));
            }
            Tree::Directory(entries)
        }
    }
}

fn write_tree(writer: &mut Writer<Vec<u8>>, tree: &Tree) {
    match tree {
        Tree::File(executable, contents) => writer.regular_bytes(*executable, contents),
        Tree::Link(target) => writer.symlink(target),
        Tree::Directory(entries) => {
            writer.open_directory().expect("memory takes everything");
            for (name, entry) in entries {
                writer.entry(name).expect("names are in order");
                write_tree(writer, entry);
            }
            writer.close_directory()
        }
    }
    .expect("memory takes everything");
}

fn next(reader: &mut Reader<&[u8]>) -> Event {
    reader
        .next_event()
        .expect("a good archive")
        .expect("there is more")
}

fn read_tree(reader: &mut Reader<&[u8]>) -> Tree {
    match next(reader) {
        Event::Regular { executable, .. } => {
            let mut contents = Vec::new();
            reader.read_to_end(&mut contents).expect("the contents are there");
            Tree::File(executable, contents)
        }
        Event::Symlink(target) => Tree::Link(target),
        Event::Directory => {
            let mut entries = BTreeMap::new();
            while let Event::Entry(name) = next(reader) {
                entries.insert(name, read_tree(reader));
            }
            Tree::Directory(entries)
        }
        other => panic!("{other:?} begins no node"),
    }
}

#[test]
fn archives() {
    for seed in 0..CASES {
        let tree = random_tree(&mut Random::new(seed), 4);
        let mut writer = Writer::new(Vec::new()).expect("memory takes everything");
        write_tree(&mut writer, &tree);
        let bytes = writer.finish().expect("the archive is whole");
        let mut reader = Reader::new(bytes.as_slice()).expect("an archive");
        assert_eq!(read_tree(&mut reader), tree);
        assert!(reader.next_event().expect("a good archive").is_none());
    }
}

fn random_derivation(random: &mut Random) -> Derivation {
    let mut derivation = Derivation {
        name: random.pick(&["hello-2.12", "a", "q?m=1"]).to_owned(),
        input_sources: random.paths(""),
        system: random.text().into(),
        builder: random.text().into(),
        arguments: (0..random.below(4)).map(|_| random.text().into()).collect(),
        ..Derivation::default()
    };
    for _ in 0..random.below(6) {
        let (name, value) = (random.text(), random.text());
        derivation.environment.insert(name.into(), value.into());
    }
    for path in random.paths(".drv") {
        let outputs = (0..=random.below(3)).map(|_| random.pick(&["out", "dev", "lib"]).to_owned());
        let outputs = outputs.collect();
        derivation.input_derivations.insert(path, outputs);
    }
    let fixed = random.below(3) == 0;
    let names: &[&str] = if fixed { &["out"] } else { &["dev", "out"] };
    for name in names {
        let mut output = match fixed {
            true => Output::fixed(Method::Nar, random.hash()),
            false => Output::default(),
        };
        output.path = Some(random.path(""));
        derivation.outputs.insert((*name).to_owned(), output);
    }
    derivation
}

#[test]
fn derivations() {
    for seed in 0..CASES {
        let derivation = random_derivation(&mut Random::new(seed));
        let text = derivation.to_aterm();
        let read = Derivation::parse_aterm(&text, &derivation.name).expect("a derivation");
        assert_eq!(read, derivation);
        assert_eq!(read.to_aterm(), text);
    }
}

#[test]
fn narinfos() {
    let key = SecretKey::from_seed("key-1", [7; 32]);
    for seed in 0..CASES {
        let random = &mut Random::new(seed);
        let info = NarInfo {
            store_path: random.path(""),
            url: format!("nar/{}.nar.xz", random.below(1000)),
            compression: random.pick(&["none", "xz", "zstd"]).to_owned(),
            file_hash: random.coin().then(|| random.hash()),
            file_size: random.coin().then(|| random.below(1 << 40)),
            nar_hash: random.hash(),
            nar_size: random.below(1 << 40),
            references: random.paths(""),
            deriver: random.coin().then(|| random.path(".drv")),
            signatures: (0..random.below(3)).map(|_| key.sign(&random.bytes(4))).collect(),
            content_address: random.coin().then(|| ContentAddress {
                method: Method::Nar,
                hash: random.hash(),
            }),
        };
        assert_eq!(NarInfo::parse(&info.to_string()).as_ref(), Ok(&info), "{info}");
    }
}
