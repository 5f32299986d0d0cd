//! Feeds damaged text to every parser: whatever comes, nothing panics and nothing takes long.

use crate::{date, deb822, lock, relation, version};

const SAMPLES: [&str; 7] = [
    "Package: a\nVersion: 1:2.0-3~x\nDepends: b (>= 1), c | d:any [x]\n é\nDescription: ü\n .\n\nPackage: b\n",
    "libc6 (>= 2.36), perl:any | perl-base (<< 5.40~), ä (= 1)",
    "deb [arch=amd64 signed-by=/é.gpg] http://m/debian/ trixie main # x\ndeb-src http://m x y\n",
    "Types: deb\nURIs: http://a/debian/\n http://b\nSuites: trixie\nComponents: main\nEnabled: no\n",
    "amd64 debian/trixie:main+x@1795252544=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "Sat, 21 Nov 2026 09:15:44 UTC",
    "99999999999999999999:1.2.3~~é+dfsg-0ubuntu1~18446744073709551616",
];

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

/// `text` with some of its signs left out, doubled, exchanged or replaced by others.
fn damaged(text: &str, numbers: &mut Numbers) -> String {
    const STRANGE: [char; 12] = ['\n', ' ', ':', '(', ')', '|', ',', '\0', 'ß', '@', '-', '\t'];
    let mut signs: Vec<char> = text.chars().collect();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(signs.len());
        if signs.is_empty() {
            break;
        }
        match numbers.below(5) {
            0 => drop(signs.remove(at)),
            1 => signs.insert(at, STRANGE[numbers.below(STRANGE.len())]),
            2 => signs[at] = STRANGE[numbers.below(STRANGE.len())],
            3 => signs.truncate(at),
            _ => signs.insert(at, signs[at]),
        }
    }
    signs.into_iter().collect()
}

#[test]
fn damaged_text_panics_no_parser() {
    let mut numbers = Numbers(7);
    for round in 0..20_000 {
        let text = damaged(SAMPLES[round % SAMPLES.len()], &mut numbers);
        let fields = deb822::paragraphs(&text)
            .flatten()
            .map(|paragraph| paragraph.fields().count());
        assert!(fields.sum::<usize>() <= text.len());
        let _ = relation::parse(&text);
        let _ = lock::parse_list(&text);
        let _ = lock::parse_sources(&text);
        let _ = text.parse::<lock::Pins>();
        let _ = date::parse(&text);
    }
}

#[test]
fn the_order_of_damaged_versions_is_an_order() {
    let mut numbers = Numbers(11);
    for _ in 0..5_000 {
        let mut make = || damaged(SAMPLES[6], &mut numbers);
        let mut versions = [make(), make(), make()];
        let [a, b, _] = &versions;
        assert_eq!(
            version::compare(a, b),
            version::compare(b, a).reverse(),
            "{a:?} {b:?}"
        );
        versions.sort_by(|a, b| version::compare(a, b));
        assert!(
            version::compare(&versions[0], &versions[2]).is_le(),
            "{versions:?}"
        );
    }
}
