//! Decides where each inode and each directory block lies in the metadata region.

use super::inode::{Body, Inode};
use super::{BLOCK_SIZE, ErofsError, directory};

/// Inodes begin at multiples of this.
const SLOT: usize = 32;
/// How many holes are remembered.
const MOST_HOLES: usize = 64;

/// Where everything lies, in bytes from the region's begin.
#[derive(Debug)]
pub(super) struct Placement {
    offsets: Vec<usize>,
    /// First whole block of each directory that has any, counted from the region's begin.
    directory_blocks: Vec<u32>,
    region_bytes: usize,
}

/// What one inode takes.
struct Need {
    /// Bytes from the inode's begin.
    total: usize,
    /// How many of these must not cross a block's end.
    together: usize,
}

impl Placement {
    pub fn of(inodes: &[Inode<'_>]) -> Result<Self, ErofsError> {
        let mut packer = Packer::default();
        let mut offsets = Vec::with_capacity(inodes.len());
        for (number, inode) in inodes.iter().enumerate() {
            let need = need(inode);
            if need.together > BLOCK_SIZE {
                return Err(ErofsError::TooLarge {
                    inode: number,
                    bytes: need.together,
                });
            }
            offsets.push(packer.place(&need));
        }
        let mut next = packer.end.div_ceil(BLOCK_SIZE);
        let mut directory_blocks = vec![0; inodes.len()];
        for (first, inode) in directory_blocks.iter_mut().zip(inodes) {
            let Body::Directory(entries) = &inode.body else {
                continue;
            };
            *first = u32::try_from(next).map_err(|_| ErofsError::TooManyBlocks)?;
            next += directory::Shape::of(entries, inode.head_size()).whole_blocks;
        }
        Ok(Self {
            offsets,
            directory_blocks,
            region_bytes: next * BLOCK_SIZE,
        })
    }

    pub fn nid(&self, number: usize) -> u64 {
        (self.offsets[number] / SLOT) as u64
    }

    pub fn offset(&self, number: usize) -> usize {
        self.offsets[number]
    }

    pub fn directory_block(&self, number: usize) -> u32 {
        self.directory_blocks[number]
    }

    pub fn region_bytes(&self) -> usize {
        self.region_bytes
    }
}

fn need(inode: &Inode<'_>) -> Need {
    let head = inode.head_size();
    match &inode.body {
        Body::Empty => Need {
            total: head,
            together: head,
        },
        Body::Symlink(target) => Need {
            total: head + target.len(),
            together: head + target.len(),
        },
        Body::Plain { tail, .. } => Need {
            total: head + tail.len(),
            together: head + tail.len(),
        },
        Body::Lz4 { content } => Need {
            total: inode.index_offset() + content.index_size(),
            together: head,
        },
        Body::Directory(entries) => {
            let inline = directory::Shape::of(entries, head).inline_bytes;
            Need {
                total: head + inline,
                together: head + inline,
            }
        }
    }
}

/// Puts one thing after the other and small ones into holes left before.
#[derive(Default)]
struct Packer {
    end: usize,
    holes: Vec<(usize, usize)>,
}

impl Packer {
    fn place(&mut self, need: &Need) -> usize {
        let size = need.total.next_multiple_of(SLOT);
        if need.total == need.together
            && let Some(hole) = self.holes.iter_mut().find(|(_, room)| *room >= size)
        {
            let at = hole.0;
            *hole = (hole.0 + size, hole.1 - size);
            self.holes.retain(|(_, room)| *room >= SLOT);
            return at;
        }
        let room = BLOCK_SIZE - self.end % BLOCK_SIZE;
        if need.together > room {
            if self.holes.len() == MOST_HOLES {
                self.holes.remove(0);
            }
            self.holes.push((self.end, room));
            self.end += room;
        }
        let at = self.end;
        self.end += size;
        at
    }
}
