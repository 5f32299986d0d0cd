//! Compares the resolver with trying every set of packages, on small archives.

use std::collections::BTreeSet;

use super::tests::{archive, request};
use super::*;
use crate::relation::{self, Atom};
use crate::version::Relation;

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Lines of an archive of six packages in up to two versions that depend on and conflict with each other.
fn random_archive(numbers: &mut Numbers) -> Vec<String> {
    let name = |number: u64| ["a", "b", "c", "d", "e", "f", "v", "w"][number as usize];
    let mut lines = Vec::new();
    for package in 0..6 {
        for version in 1..=1 + numbers.below(2) {
            let mut line = format!("{} {version}", name(package));
            let atom = |numbers: &mut Numbers| {
                let sign =
                    ["", " (>= 2)", " (<< 2)"][usize::try_from(numbers.below(5)).map_or(0, |n| n % 5 % 3)];
                format!("{}{sign}", name(numbers.below(8)))
            };
            if numbers.below(2) == 0 {
                let depends = format!(
                    "; Depends: {} | {}, {}",
                    atom(numbers),
                    atom(numbers),
                    atom(numbers)
                );
                line.push_str(&depends);
            }
            if numbers.below(3) == 0 {
                line.push_str(&format!("; Conflicts: {}", atom(numbers)));
            }
            if numbers.below(3) == 0 {
                line.push_str(&format!("; Provides: {}", name(6 + numbers.below(2))));
            }
            lines.push(line);
        }
    }
    lines
}

/// Whether a set of packages has all that its members and the request ask for.
fn is_sound(members: &[Record], wanted: &str) -> bool {
    let meant = |record: &Record, atom: &Atom| {
        let fits = |version: &str| {
            let holds = |(relation, bound): &(Relation, String)| relation.holds(version, bound);
            atom.version.as_ref().is_none_or(holds)
        };
        (record.name == atom.name && fits(&record.version))
            || (record.provides == atom.name && atom.version.is_none())
    };
    let groups = |field: &str| relation::parse(field).expect("the field is sound");
    let satisfied = |field: &str| {
        groups(field).iter().all(|group| {
            group
                .iter()
                .any(|atom| members.iter().any(|member| meant(member, atom)))
        })
    };
    let clash = |one: &Record, two: &Record| {
        one.name != two.name
            && groups(&one.conflicts)
                .iter()
                .flatten()
                .any(|atom| meant(two, atom))
    };
    let names: BTreeSet<&String> = members.iter().map(|member| &member.name).collect();
    names.len() == members.len()
        && satisfied(wanted)
        && members.iter().all(|member| satisfied(&member.depends))
        && !members
            .iter()
            .any(|one| members.iter().any(|two| clash(one, two)))
}

/// Whether any set of packages at all does.
fn is_possible(index: &Index, wanted: &str) -> bool {
    let names: Vec<&str> = index.names().collect();
    let all: Vec<Record> = names
        .iter()
        .flat_map(|name| index.candidates(name).expect("it is sound"))
        .collect();
    (0_u32..1 << all.len()).any(|set| {
        let members = all.iter().enumerate().filter(|(bit, _)| set & (1 << bit) != 0);
        let members: Vec<Record> = members.map(|(_, record)| record.clone()).collect();
        is_sound(&members, wanted)
    })
}

#[test]
fn answers_are_those_of_trying_everything() {
    let mut numbers = Numbers(1);
    let (mut possible, mut impossible) = (0, 0);
    for _ in 0..300 {
        let lines = random_archive(&mut numbers);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let index = archive(&lines);
        match resolve(&index, &request("a, b", "", "")) {
            Ok(resolution) => {
                assert!(
                    is_sound(&resolution.packages, "a, b"),
                    "{lines:#?} {:?}",
                    resolution.because
                );
                possible += 1;
            }
            Err(ResolveError::Unsatisfiable(_)) => {
                assert!(!is_possible(&index, "a, b"), "{lines:#?}");
                impossible += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(possible > 50 && impossible > 50, "{possible} {impossible}");
}
