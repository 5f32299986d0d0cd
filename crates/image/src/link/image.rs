//! Turns a merged tree into blocks: addresses for data, metadata, leaf hashes, the hash tree.

use super::LinkError;
use crate::erofs::{self, Body, Clusters, DirectoryEntry, FileSystem, FileType, Inode};
use crate::object::{BLOCK_SIZE, BlockWriter, Compression, FileContent, Object, Slice, Storage};
use crate::tree::{Content, Node, NodeKind, Tree, stored};
use crate::verity::{self, Hash, HashTree};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// A run of blocks of an object that is in the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub object: usize,
    pub start: u32,
    pub blocks: u32,
    /// Block of the image.
    pub address: u32,
}

/// Everything of a root file system that is not in objects.
pub(super) struct Image {
    pub superblock: Vec<u8>,
    pub runs: Vec<Run>,
    /// Data blocks of generated files, then the metadata region.
    pub rest: Vec<u8>,
    pub blocks: u64,
    pub uuid: [u8; 16],
    pub tree: HashTree,
}

/// Generated files turned into blocks.
pub(super) struct Generated {
    contents: HashMap<String, FileContent>,
    blob: Vec<u8>,
    data: Vec<u8>,
    leaves: Vec<Hash>,
}

impl Generated {
    /// Stores the generated files of a tree.
    pub fn of(tree: &Tree) -> Result<Self, LinkError> {
        let mut writer = BlockWriter::new(Vec::new(), Compression::Lz4);
        let mut blob = Vec::new();
        let mut contents = HashMap::new();
        let write = |source| LinkError::Write {
            path: "generated files".into(),
            source,
        };
        for (path, node) in tree.iter() {
            if let NodeKind::File(Content::Bytes(bytes)) = &node.kind {
                contents.insert(
                    path.into(),
                    writer.store(&mut bytes.as_slice(), &mut blob).map_err(write)?,
                );
            }
        }
        let (data, sums) = writer.finish().map_err(write)?;
        Ok(Self {
            contents,
            blob,
            data,
            leaves: sums.leaves,
        })
    }

    /// Size, hash and place of a generated file.
    pub fn content(&self, path: &str) -> Option<&FileContent> {
        self.contents.get(path)
    }

    fn slice(&self, slice: &Slice) -> &[u8] {
        let begin = slice.offset as usize;
        &self.blob[begin..begin + slice.length as usize]
    }
}

/// Size, hash and place of the file at a path.
pub(super) fn content_of<'a>(
    path: &str,
    node: &Node,
    objects: &'a [Object],
    generated: &'a Generated,
) -> Option<&'a FileContent> {
    match &node.kind {
        NodeKind::File(Content::Object { object, entry }) => stored(objects, *object, *entry),
        NodeKind::File(Content::Bytes(_)) => generated.content(path),
        _ => None,
    }
}

/// Builds the image.
pub(super) fn build(
    tree: &Tree,
    objects: &[Object],
    generated: &Generated,
    epoch: u64,
) -> Result<Image, LinkError> {
    let (runs, data_end) = place_runs(tree, objects)?;
    let generated_blocks = u32::try_from(generated.leaves.len()).map_err(|_| LinkError::TooLarge)?;
    let first_block = data_end
        .checked_add(generated_blocks)
        .ok_or(LinkError::TooLarge)?;
    let addresses = Addresses {
        runs: &runs,
        generated_begin: data_end,
    };
    let inodes = Inodes {
        tree,
        objects,
        generated,
        addresses,
    }
    .collect()?;
    let metadata = erofs::write(&FileSystem {
        inodes,
        epoch,
        first_block,
    })?;
    let mut superblock = metadata.superblock;
    let mut leaves = leaves_of(objects, &runs, data_end)?;
    leaves.extend_from_slice(&generated.leaves);
    leaves.par_extend(
        metadata
            .region
            .par_chunks(BLOCK_SIZE)
            .map(|block| Hash::from(Sha256::digest(block))),
    );
    let uuid = uuid(&superblock, &leaves[1..]);
    erofs::seal(&mut superblock, uuid);
    leaves[0] = Sha256::digest(&superblock).into();
    let mut rest = generated.data.clone();
    rest.extend_from_slice(&metadata.region);
    let tree = verity::build(&leaves);
    Ok(Image {
        superblock,
        runs,
        rest,
        blocks: leaves.len() as u64,
        uuid,
        tree,
    })
}

/// Blocks in use: how many, by object and first block.
type Used = BTreeMap<(usize, u32), u32>;

/// Which runs of which objects are used, and where they come to lie.
fn place_runs(tree: &Tree, objects: &[Object]) -> Result<(Vec<Run>, u32), LinkError> {
    let mut used = Used::new();
    for (_, node) in tree.iter() {
        let NodeKind::File(Content::Object { object, entry }) = node.kind else {
            continue;
        };
        let range = stored(objects, object, entry).map(FileContent::block_range);
        if let Some((start, blocks)) = range.filter(|(_, blocks)| *blocks > 0) {
            used.insert((object, start), blocks);
        }
    }
    lay_out(used)
}

/// Puts runs one behind the other, from the block after the superblock; the block after them all.
fn lay_out(used: Used) -> Result<(Vec<Run>, u32), LinkError> {
    let mut runs: Vec<Run> = Vec::new();
    let mut address = 1u32;
    for ((object, start), blocks) in used {
        let next = address.checked_add(blocks).ok_or(LinkError::TooLarge)?;
        let continues =
            |last: &&mut Run| last.object == object && last.start.checked_add(last.blocks) == Some(start);
        match runs.last_mut().filter(continues) {
            // No more blocks than fit below `next`.
            Some(last) => last.blocks += blocks,
            None => runs.push(Run {
                object,
                start,
                blocks,
                address,
            }),
        }
        address = next;
    }
    Ok((runs, address))
}

fn leaves_of(objects: &[Object], runs: &[Run], blocks: u32) -> Result<Vec<Hash>, LinkError> {
    let read = |object: &Object| {
        object.leaves().map_err(|source| LinkError::Object {
            path: object.name().into(),
            source,
        })
    };
    let all: Vec<Vec<u8>> = objects.par_iter().map(read).collect::<Result<_, _>>()?;
    let mut leaves = Vec::with_capacity(blocks as usize + 4096);
    leaves.push([0; 32]);
    for run in runs {
        let (begin, end) = (run.start as usize, run.start as usize + run.blocks as usize);
        let (hashes, _) = all[run.object].as_chunks::<32>();
        leaves.extend_from_slice(hashes.get(begin..end).ok_or(LinkError::TooLarge)?);
    }
    Ok(leaves)
}

/// The file system's identity follows from its content.
fn uuid(superblock: &[u8], leaves: &[Hash]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    hasher.update(b"hardpan erofs ");
    hasher.update(superblock);
    hasher.update(leaves.as_flattened());
    let digest: Hash = hasher.finalize().into();
    let mut uuid = [0; 16];
    uuid.copy_from_slice(&digest[..16]);
    verity::as_random_uuid(uuid)
}

struct Addresses<'a> {
    runs: &'a [Run],
    generated_begin: u32,
}

impl Addresses<'_> {
    fn in_object(&self, object: usize, block: u32) -> u32 {
        let after = self
            .runs
            .partition_point(|run| (run.object, run.start) <= (object, block));
        // An object of which no block is used has files without blocks only; their address is never read.
        let before = after
            .checked_sub(1)
            .filter(|index| self.runs[*index].object == object);
        before.map_or(0, |index| {
            self.runs[index].address + (block - self.runs[index].start)
        })
    }
}

struct Inodes<'a> {
    tree: &'a Tree,
    objects: &'a [Object],
    generated: &'a Generated,
    addresses: Addresses<'a>,
}

/// What makes two names one file.
type Identity<'a> = (usize, usize, u16, u32, u32);

impl<'a> Inodes<'a> {
    /// Inodes in the order of paths, directories before what they hold.
    fn collect(&self) -> Result<Vec<Inode<'a>>, LinkError> {
        let mut inodes: Vec<Inode<'a>> = Vec::with_capacity(self.tree.len());
        let mut by_path: HashMap<&str, usize> = HashMap::with_capacity(self.tree.len());
        let mut by_identity: HashMap<Identity<'_>, usize> = HashMap::new();
        let mut children: Vec<Vec<DirectoryEntry<'a>>> = Vec::with_capacity(self.tree.len());
        for (path, node) in self.tree.iter() {
            let identity = match node.kind {
                NodeKind::File(Content::Object { object, entry }) => {
                    Some((object, entry, node.mode, node.uid, node.gid))
                }
                _ => None,
            };
            let known = identity.and_then(|identity| by_identity.get(&identity).copied());
            let number = known.unwrap_or(inodes.len());
            if known.is_some() {
                inodes[number].links += 1;
            } else {
                inodes.push(self.inode(path, node)?);
                children.push(Vec::new());
                identity.map(|identity| by_identity.insert(identity, number));
            }
            by_path.insert(path, number);
            let Some((parent, name)) = split(path) else {
                continue;
            };
            let Some(&above) = by_path.get(parent) else {
                continue;
            };
            let file_type = file_type(node);
            if file_type == FileType::Directory {
                inodes[above].links += 1;
                children[number].push(DirectoryEntry {
                    name: "..",
                    inode: above,
                    file_type,
                });
            }
            children[above].push(DirectoryEntry {
                name,
                inode: number,
                file_type,
            });
        }
        let file_type = FileType::Directory;
        children[0].push(DirectoryEntry {
            name: "..",
            inode: 0,
            file_type,
        });
        for (number, (inode, mut entries)) in inodes.iter_mut().zip(children).enumerate() {
            if let Body::Directory(body) = &mut inode.body {
                entries.push(DirectoryEntry {
                    name: ".",
                    inode: number,
                    file_type,
                });
                entries.sort_by(|a, b| a.name.cmp(b.name));
                *body = entries;
            }
        }
        Ok(inodes)
    }

    fn inode(&self, path: &'a str, node: &'a Node) -> Result<Inode<'a>, LinkError> {
        const DIRECTORY: u16 = 0o040_000;
        const FILE: u16 = 0o100_000;
        const SYMLINK: u16 = 0o120_000;
        let (kind, links, body, size) = match &node.kind {
            NodeKind::Directory => (DIRECTORY, 2, Body::Directory(Vec::new()), 0),
            NodeKind::Symlink(target) => (SYMLINK, 1, Body::Symlink(target), 0),
            NodeKind::File(content) => {
                let stored = content_of(path, node, self.objects, self.generated);
                let stored = stored.ok_or_else(|| LinkError::BadFile {
                    path: path.into(),
                    reason: "its content is not in any object".into(),
                })?;
                (FILE, 1, self.body(content, stored), stored.size)
            }
        };
        let (uid, gid) = (node.uid, node.gid);
        Ok(Inode {
            mode: kind | node.mode,
            uid,
            gid,
            links,
            size,
            xattrs: &node.xattrs,
            body,
        })
    }

    fn body(&self, content: &'a Content, stored: &'a FileContent) -> Body<'a> {
        let (start, _) = stored.block_range();
        let first_block = match content {
            Content::Object { object, .. } => self.addresses.in_object(*object, start),
            Content::Bytes(_) => self.addresses.generated_begin + start,
        };
        let slice = |slice: &Slice| match content {
            Content::Object { object, .. } => self.objects[*object].slice(slice),
            Content::Bytes(_) => self.generated.slice(slice),
        };
        match &stored.storage {
            Storage::Inline(slice) if slice.length == 0 => Body::Empty,
            Storage::Inline(inline) => Body::Plain {
                first_block: 0,
                tail: slice(inline),
            },
            Storage::Plain { tail, .. } => Body::Plain {
                first_block,
                tail: tail.as_ref().map_or(&[][..], slice),
            },
            Storage::Lz4 { .. } => Body::Lz4 {
                content: Clusters {
                    content: stored,
                    first_block,
                },
            },
        }
    }
}

fn split(path: &str) -> Option<(&str, &str)> {
    let (parent, name) = path.rsplit_once('/')?;
    (!name.is_empty()).then_some((if parent.is_empty() { "/" } else { parent }, name))
}

fn file_type(node: &Node) -> FileType {
    match node.kind {
        NodeKind::Directory => FileType::Directory,
        NodeKind::Symlink(_) => FileType::Symlink,
        NodeKind::File(_) => FileType::File,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Address and length of each run, and the block after them all.
    type LaidOut = Option<(Vec<(u32, u32)>, u32)>;

    fn laid_out(used: &[(usize, u32, u32)]) -> LaidOut {
        let used = used
            .iter()
            .map(|&(object, start, blocks)| ((object, start), blocks));
        let (runs, end) = lay_out(used.collect()).ok()?;
        Some((runs.iter().map(|run| (run.address, run.blocks)).collect(), end))
    }

    #[test]
    fn runs_lie_one_behind_the_other_and_never_beyond_the_last_address() {
        const MOST: u32 = u32::MAX;
        type Blocks = &'static [(usize, u32, u32)];
        let table: [(Blocks, LaidOut); 7] = [
            (&[], Some((vec![], 1))),
            (
                &[(0, 0, 5), (0, 5, 2), (1, 7, 1)],
                Some((vec![(1, 7), (8, 1)], 9)),
            ),
            (&[(0, 0, 5), (0, 6, 2)], Some((vec![(1, 5), (6, 2)], 8))),
            (&[(0, 0, MOST - 1)], Some((vec![(1, MOST - 1)], MOST))),
            (&[(0, 0, MOST)], None),
            (&[(0, 0, 1 << 31), (1, 0, 1 << 31)], None),
            // What a damaged object may say of itself: a run that ends beyond what a number holds.
            (&[(0, MOST, 2), (1, 0, 1)], Some((vec![(1, 2), (3, 1)], 4))),
        ];
        for (used, expected) in table {
            assert_eq!(laid_out(used), expected, "{used:?}");
        }
    }
}
