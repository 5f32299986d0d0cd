//! Finds which store paths a stream of bytes mentions, by their hash parts.

use std::collections::{BTreeSet, HashMap};

use nix_formats::StorePath;
use nix_formats::nix32::ALPHABET;
use nix_formats::store_path::HASH_PART_LENGTH;

type HashPart = [u8; HASH_PART_LENGTH];

const IS_DIGIT: [bool; 256] = digit_table();

const fn digit_table() -> [bool; 256] {
    let mut table = [false; 256];
    let mut index = 0;
    while index < ALPHABET.len() {
        table[ALPHABET[index] as usize] = true;
        index += 1;
    }
    table
}

/// Looks for hash parts in data that comes in pieces.
pub struct Scanner {
    wanted: HashMap<HashPart, StorePath>,
    found: BTreeSet<StorePath>,
    /// The end of what was seen, shorter than a hash part: one may begin there.
    tail: Vec<u8>,
}

impl Scanner {
    /// A scanner that recognises `candidates`.
    pub fn new<'a>(candidates: impl IntoIterator<Item = &'a StorePath>) -> Self {
        let wanted = candidates
            .into_iter()
            .map(|path| (hash_part(path), path.clone()))
            .collect();
        Self {
            wanted,
            found: BTreeSet::new(),
            tail: Vec::with_capacity(2 * HASH_PART_LENGTH),
        }
    }

    /// Looks at the next piece.
    pub fn feed(&mut self, data: &[u8]) {
        if self.wanted.is_empty() {
            return;
        }
        let head = &data[..data.len().min(HASH_PART_LENGTH - 1)];
        let mut seam = std::mem::take(&mut self.tail);
        seam.extend_from_slice(head);
        self.search(&seam);
        self.search(data);
        if data.len() >= HASH_PART_LENGTH - 1 {
            seam.clear();
            seam.extend_from_slice(&data[data.len() - (HASH_PART_LENGTH - 1)..]);
        } else {
            let surplus = seam.len().saturating_sub(HASH_PART_LENGTH - 1);
            seam.drain(..surplus);
        }
        self.tail = seam;
    }

    /// What was mentioned.
    pub fn into_found(self) -> BTreeSet<StorePath> {
        self.found
    }

    fn search(&mut self, data: &[u8]) {
        let mut start = 0;
        while let Some(window) = data.get(start..start + HASH_PART_LENGTH) {
            // The last foreign byte of the window rules out every start up to it.
            if let Some(foreign) = window.iter().rposition(|byte| !IS_DIGIT[usize::from(*byte)]) {
                start += foreign + 1;
                continue;
            }
            let key: HashPart = window.try_into().expect("a window is as long as a hash part");
            if let Some(path) = self.wanted.remove(&key) {
                self.found.insert(path);
            }
            start += 1;
        }
    }
}

fn hash_part(path: &StorePath) -> HashPart {
    path.hash_part()
        .as_bytes()
        .try_into()
        .expect("a store path begins with a hash part")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(digit: char) -> StorePath {
        StorePath::from_base_name(&format!("{}-x", digit.to_string().repeat(32))).unwrap()
    }

    #[test]
    fn finds_hash_parts_wherever_the_pieces_are_cut() {
        let (present, absent) = (path('a'), path('b'));
        let data = format!("--/nix/store/{present} {}", "b".repeat(31));
        for size in 1..=data.len() {
            let mut scanner = Scanner::new([&present, &absent]);
            data.as_bytes().chunks(size).for_each(|piece| scanner.feed(piece));
            assert_eq!(
                scanner.into_found(),
                BTreeSet::from([present.clone()]),
                "pieces of {size}"
            );
        }
    }

    #[test]
    fn finds_a_hash_part_inside_a_longer_run_of_digits() {
        let wanted = path('a');
        let mut scanner = Scanner::new([&wanted]);
        scanner.feed(format!("012{}", "a".repeat(32)).as_bytes());
        assert_eq!(scanner.into_found().len(), 1);
    }
}
