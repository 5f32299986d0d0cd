//! The process's allocator: the system's, whose large blocks the kernel is asked to put on huge pages.
//!
//! An evaluation touches each page of its arena once, so half of its time could go into page faults: one for every
//! 4 KiB. Where `/sys/kernel/mm/transparent_hugepage/enabled` says `madvise`, the usual setting, a process has to ask
//! for the pages of 2 MiB. A [`GlobalAlloc`] cannot be written, nor `madvise` be called on its blocks, without `unsafe`.

use std::alloc::{GlobalAlloc, Layout, System};

/// Size of a huge page on x86-64 and, with pages of 4 KiB, on aarch64, in bytes.
const HUGE_PAGE_BYTES: usize = 2 << 20;
/// Blocks from this size on are advised, in bytes: at least one huge page lies in each, wherever it starts.
const LEAST_BYTES: usize = 2 * HUGE_PAGE_BYTES;

/// The system's allocator, with huge pages under large blocks where the kernel gives them on request.
#[derive(Debug, Default)]
pub struct HugePages;

// SAFETY: every block comes from `System`, under the layout that was asked for, and goes back to it under the same
// one; `advise` changes neither a block's place nor its content.
unsafe impl GlobalAlloc for HugePages {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise about `layout` is the one that `System` asks for.
        let block = unsafe { System.alloc(layout) };
        advise(block, layout.size());
        block
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        let block = unsafe { System.alloc_zeroed(layout) };
        advise(block, layout.size());
        block
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_bytes: usize) -> *mut u8 {
        // SAFETY: as above; `block` is `System`'s, under `layout`.
        let block = unsafe { System.realloc(block, layout, new_bytes) };
        advise(block, new_bytes);
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Asks for huge pages under a block of `bytes`, if it is large. That the kernel has none is no error: the block works
/// as well with small pages.
fn advise(block: *mut u8, bytes: usize) {
    if bytes < LEAST_BYTES || block.is_null() {
        return;
    }
    let Some((start, length)) = whole_huge_pages(block.addr(), bytes) else {
        return;
    };
    let start = block.with_addr(start);
    // SAFETY: the range lies within the block, which is mapped; MADV_HUGEPAGE leaves what it holds as it is.
    unsafe { libc::madvise(start.cast(), length, libc::MADV_HUGEPAGE) };
}

/// Start and length of the huge pages that lie wholly in a block, so that no neighbour of it is advised.
fn whole_huge_pages(address: usize, bytes: usize) -> Option<(usize, usize)> {
    let start = address.checked_next_multiple_of(HUGE_PAGE_BYTES)?;
    let end = address.checked_add(bytes)? / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
    (start < end).then(|| (start, end - start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[global_allocator]
    static ALLOCATOR: HugePages = HugePages;

    #[test]
    fn only_whole_huge_pages_of_a_block_are_advised() {
        let page = HUGE_PAGE_BYTES;
        let check = |address, bytes, expected| assert_eq!(whole_huge_pages(address, bytes), expected);
        check(page, 2 * page, Some((page, 2 * page)));
        check(page + 16, 2 * page, Some((2 * page, page)));
        check(page - 16, page, None);
        check(page - 16, page + 16, Some((page, page)));
        check(usize::MAX - 16, 16, None);
    }

    #[test]
    fn blocks_keep_their_content_while_they_grow_and_shrink() {
        let mut bytes: Vec<u8> = (0..100u8).collect();
        for doublings in 1..20 {
            bytes.resize(100 << doublings, 7);
        }
        assert!(bytes.iter().take(100).copied().eq(0..100));
        assert!(bytes.iter().skip(100).all(|&byte| byte == 7));
        bytes.truncate(3 * HUGE_PAGE_BYTES);
        bytes.shrink_to_fit();
        assert!(bytes.iter().skip(100).all(|&byte| byte == 7));
        assert!(vec![0u8; 3 * LEAST_BYTES].iter().all(|&byte| byte == 0));
    }

    #[test]
    fn large_blocks_lie_on_huge_pages_where_the_kernel_has_them() {
        let setting =
            std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled").unwrap_or_default();
        if !setting.contains("[madvise]") && !setting.contains("[always]") {
            eprintln!("SKIPPED: this kernel gives no huge pages on request");
            return;
        }
        let block = vec![1u8; 64 << 20];
        let maps = std::fs::read_to_string("/proc/self/smaps").expect("the kernel tells of its mappings");
        assert!(block.iter().all(|&byte| byte == 1));
        assert!(
            maps.lines()
                .any(|line| line.starts_with("VmFlags:") && line.split(' ').any(|flag| flag == "hg")),
            "no mapping is advised"
        );
    }
}
