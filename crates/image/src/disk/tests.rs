//! Disk images against the formats they claim to be, and one whole image in each format.

mod fat;
mod formats;
mod gpt;
mod image;

use super::{DiskMap, Piece};

/// A disk of 3 MiB and a bit with data at both ends, across cluster borders, and zeros inside a piece.
pub fn sample_disk(size: u64) -> DiskMap {
    let mut middle = vec![0; 200_000];
    middle[150_000..].fill(3);
    let pieces = vec![
        Piece::bytes(0, vec![1; 700]),
        Piece::bytes(65_000, vec![2; 1000]),
        Piece::bytes(1 << 20, middle),
        Piece::bytes(size - 512, vec![4; 512]),
    ];
    DiskMap::new(size, pieces).expect("the pieces fit")
}

/// All bytes of a disk.
pub fn bytes_of(disk: &DiskMap) -> Vec<u8> {
    let mut bytes = vec![0; disk.size as usize];
    disk.read(0, &mut bytes).expect("the pieces are in memory");
    bytes
}

#[test]
fn pieces_that_overlap_or_lie_outside_are_refused() {
    use super::LayoutError;
    let check = |size, places: &[(u64, usize)], expect| {
        let pieces = places
            .iter()
            .map(|(offset, length)| Piece::bytes(*offset, vec![1; *length]))
            .collect();
        assert_eq!(DiskMap::new(size, pieces).map(|disk| disk.size), expect);
    };
    check(100, &[(50, 50), (0, 50)], Ok(100));
    check(100, &[(0, 51), (50, 10)], Err(LayoutError::Overlap(50)));
    check(
        100,
        &[(90, 11)],
        Err(LayoutError::Outside { end: 101, size: 100 }),
    );
    check(100, &[(200, 0)], Ok(100));
}
