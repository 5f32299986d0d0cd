//! Reads an EROFS image back, knowing nothing of the writer.

use std::collections::BTreeMap;

const BLOCK: usize = 4096;

/// One path of the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// File type and permission bits.
    pub mode: u16,
    pub uid: u32,
    pub gid: u32,
    pub links: u32,
    pub nid: u64,
    /// Content of a file, target of a link.
    pub content: Vec<u8>,
    pub xattrs: Vec<(u8, String, Vec<u8>)>,
}

/// All paths of an image.
pub fn read(image: &[u8]) -> BTreeMap<String, Found> {
    let sb = &image[1024..];
    assert_eq!(u32_at(sb, 0), 0xE0F5_E1E2, "magic");
    assert_eq!(
        u32_at(sb, 36) as usize * BLOCK,
        image.len(),
        "the superblock knows the size"
    );
    let mut block = image[1024..BLOCK].to_vec();
    block[4..8].fill(0);
    assert_eq!(!crc32c::crc32c(&block), u32_at(sb, 4), "checksum");
    let reader = Reader {
        image,
        meta: u32_at(sb, 40) as usize * BLOCK,
    };
    let mut found = BTreeMap::new();
    reader.walk(
        "/",
        u64::from(u16_at(sb, 14)),
        u64::from(u16_at(sb, 14)),
        &mut found,
    );
    found
}

struct Reader<'a> {
    image: &'a [u8],
    meta: usize,
}

struct Raw {
    layout: u16,
    size: usize,
    address: usize,
    /// Where what lies beside the inode begins.
    beside: usize,
    found: Found,
}

impl Reader<'_> {
    fn inode(&self, nid: u64) -> Raw {
        let at = self.meta + nid as usize * 32;
        let raw = &self.image[at..];
        let extended = raw[0] & 1 == 1;
        let (size, uid, gid, links, head) = if extended {
            (
                u64_at(raw, 8) as usize,
                u32_at(raw, 24),
                u32_at(raw, 28),
                u32_at(raw, 44),
                64,
            )
        } else {
            let wide = |at| u32::from(u16_at(raw, at));
            (u32_at(raw, 8) as usize, wide(24), wide(26), wide(6), 32)
        };
        let count = usize::from(u16_at(raw, 2));
        let xattr_bytes = if count == 0 { 0 } else { 12 + 4 * (count - 1) };
        let xattrs = self.xattrs(at + head, xattr_bytes);
        let (mode, content) = (u16_at(raw, 4), Vec::new());
        Raw {
            layout: (u16_at(raw, 0) >> 1) & 7,
            size,
            address: u32_at(raw, 16) as usize * BLOCK,
            beside: at + head + xattr_bytes,
            found: Found {
                mode,
                uid,
                gid,
                links,
                nid,
                content,
                xattrs,
            },
        }
    }

    fn xattrs(&self, at: usize, bytes: usize) -> Vec<(u8, String, Vec<u8>)> {
        let mut xattrs = Vec::new();
        let mut at = at + 12;
        let end = at - 12 + bytes;
        while at < end {
            let (name, value) = (
                usize::from(self.image[at]),
                usize::from(u16_at(&self.image[at..], 2)),
            );
            let text = String::from_utf8(self.image[at + 4..at + 4 + name].to_vec()).expect("name");
            let content = self.image[at + 4 + name..at + 4 + name + value].to_vec();
            xattrs.push((self.image[at + 1], text, content));
            at += (4 + name + value).next_multiple_of(4);
        }
        xattrs
    }

    fn content(&self, raw: &Raw) -> Vec<u8> {
        match raw.layout {
            0 => self.image[raw.address..raw.address + raw.size].to_vec(),
            2 => {
                let tail = raw.size % BLOCK;
                let whole = raw.size - tail;
                assert!(
                    tail == 0 || raw.beside % BLOCK + tail <= BLOCK,
                    "the tail stays in its block"
                );
                let mut content = self.image[raw.address..raw.address + whole].to_vec();
                content.extend_from_slice(&self.image[raw.beside..raw.beside + tail]);
                content
            }
            1 => self.unpack(raw),
            layout => panic!("layout {layout}"),
        }
    }

    fn unpack(&self, raw: &Raw) -> Vec<u8> {
        let header = raw.beside.next_multiple_of(8);
        assert_eq!(u16_at(&self.image[header..], 4), 2, "clusters of several blocks");
        let total = raw.size.div_ceil(BLOCK);
        let index = |number: usize| &self.image[header + 16 + number * 8..][..8];
        let kind = |number: usize| u16_at(index(number), 0) & 3;
        let mut content = Vec::new();
        let mut number = 0;
        while number < total {
            let begin = u32_at(index(number), 4) as usize * BLOCK;
            if kind(number) == 0 {
                content.extend_from_slice(&self.image[begin..begin + BLOCK]);
                number += 1;
                continue;
            }
            assert_eq!(kind(number), 1, "a cluster begins with its head");
            let end = (number + 1..total)
                .find(|other| kind(*other) != 2)
                .unwrap_or(total);
            let mut blocks = 1;
            for other in number + 1..end {
                let back = u16_at(index(other), 4);
                if other == number + 1 {
                    assert_ne!(back & 0x800, 0, "the second index holds the number of blocks");
                    blocks = usize::from(back & 0x7ff);
                } else {
                    assert_eq!(usize::from(back), other - number);
                }
                assert_eq!(usize::from(u16_at(index(other), 6)), end - other);
            }
            let packed = &self.image[begin..begin + blocks * BLOCK];
            let first = packed.iter().position(|byte| *byte != 0).expect("not empty");
            let wanted = (raw.size - number * BLOCK).min((end - number) * BLOCK);
            content.extend(lz4_flex::block::decompress(&packed[first..], wanted).expect("lz4"));
            number = end;
        }
        content.truncate(raw.size);
        content
    }

    fn walk(&self, path: &str, nid: u64, parent: u64, found: &mut BTreeMap<String, Found>) {
        let mut raw = self.inode(nid);
        let content = self.content(&raw);
        if raw.found.mode & 0o170_000 != 0o040_000 {
            raw.found.content = content;
            found.insert(path.into(), raw.found);
            return;
        }
        found.insert(path.into(), raw.found);
        let mut last = String::new();
        for block in content.chunks(BLOCK) {
            let count = usize::from(u16_at(block, 8)) / 12;
            for number in 0..count {
                let entry = &block[number * 12..];
                let begin = usize::from(u16_at(entry, 8));
                let end = if number + 1 < count {
                    usize::from(u16_at(entry, 20))
                } else {
                    block.len()
                };
                let name = block[begin..end]
                    .split(|byte| *byte == 0)
                    .next()
                    .unwrap_or_default();
                let name = String::from_utf8(name.to_vec()).expect("name");
                assert!(name > last, "names are sorted: {last:?} {name:?}");
                last.clone_from(&name);
                match name.as_str() {
                    "." => assert_eq!(u64_at(entry, 0), nid),
                    ".." => assert_eq!(u64_at(entry, 0), parent),
                    _ => self.walk(
                        &format!("{}/{name}", path.trim_end_matches('/')),
                        u64_at(entry, 0),
                        nid,
                        found,
                    ),
                }
            }
        }
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(bytes[at..at + 2].try_into().expect("two bytes"))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}
