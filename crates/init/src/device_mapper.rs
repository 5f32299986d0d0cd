//! Requests to `/dev/mapper/control` (kernel header `linux/dm-ioctl.h`, interface version 4).

/// Size of the part that every request begins with.
pub const HEADER_SIZE: usize = 312;
/// Size of a whole request with one target.
pub const REQUEST_SIZE: usize = 2048;
/// `DM_DEV_CREATE`.
pub const CREATE: u64 = command(3);
/// `DM_DEV_SUSPEND`, which without its flag resumes.
pub const RESUME: u64 = command(6);
/// `DM_TABLE_LOAD`.
pub const LOAD_TABLE: u64 = command(9);

const READ_ONLY: u32 = 1;
const TARGET_SIZE: usize = 40;

const fn command(number: u64) -> u64 {
    (3 << 30) | ((HEADER_SIZE as u64) << 16) | (0xfd << 8) | number
}

/// A request, to be passed to the kernel as it lies in memory.
#[repr(C, align(8))]
pub struct Request(pub [u8; REQUEST_SIZE]);

impl Request {
    /// A request about the read-only device `name`.
    pub fn new(name: &str) -> Self {
        let mut request = Self([0; REQUEST_SIZE]);
        request.put(0, &4u32.to_le_bytes());
        request.put(12, &(REQUEST_SIZE as u32).to_le_bytes());
        request.put(16, &(HEADER_SIZE as u32).to_le_bytes());
        request.put(28, &READ_ONLY.to_le_bytes());
        request.put(48, &name.as_bytes()[..name.len().min(127)]);
        request
    }

    /// A request that also says the device's UUID, as creation does.
    pub fn with_uuid(name: &str, uuid: &[u8]) -> Self {
        let mut request = Self::new(name);
        request.put(176, &uuid[..uuid.len().min(128)]);
        request
    }

    /// A request to load a table of one verity target; nothing where the table is too long.
    pub fn with_verity(name: &str, sectors: u64, table: &[u8]) -> Option<Self> {
        let next = TARGET_SIZE + (table.len() + 1).next_multiple_of(8);
        if HEADER_SIZE + next > REQUEST_SIZE {
            return None;
        }
        let mut request = Self::new(name);
        request.put(20, &1u32.to_le_bytes());
        request.put(HEADER_SIZE + 8, &sectors.to_le_bytes());
        request.put(HEADER_SIZE + 20, &(next as u32).to_le_bytes());
        request.put(HEADER_SIZE + 24, b"verity");
        request.put(HEADER_SIZE + TARGET_SIZE, table);
        Some(request)
    }

    /// Minor number of the device, from the kernel's answer.
    pub fn minor(&self) -> u32 {
        let encoded = u64::from_le_bytes(core::array::from_fn(|index| self.0[40 + index]));
        ((encoded & 0xff) | ((encoded >> 12) & 0xf_ff00)) as u32
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }
}
