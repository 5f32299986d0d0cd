//! Writes cpio archives in the `newc` format that the kernel unpacks (Documentation/driver-api/early-userspace).

/// What is wrong with an entry.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CpioError {
    /// A field of the format has eight hexadecimal digits.
    #[error("{name}: too large for an initrd ({bytes} bytes)")]
    TooLarge {
        /// Name of the entry.
        name: String,
        /// Its size.
        bytes: usize,
    },
    /// Names come in order, so that parents come before their children and nothing comes twice.
    #[error("{name} comes after {before} in the initrd")]
    OutOfOrder {
        /// Name of the entry.
        name: String,
        /// Name of the entry before it.
        before: String,
    },
}

/// Collects entries; names are relative and come in ascending order of their bytes.
#[derive(Debug, Default)]
pub struct CpioWriter {
    bytes: Vec<u8>,
    last_name: String,
    inode: u32,
    epoch: u32,
}

impl CpioWriter {
    /// An empty archive whose entries all have the time `epoch` (seconds since 1970).
    pub fn new(epoch: u32) -> Self {
        Self {
            epoch,
            ..Self::default()
        }
    }

    /// Adds a directory.
    pub fn directory(&mut self, name: &str, permissions: u32) -> Result<(), CpioError> {
        self.ordered(name, 0o040_000 | permissions, &[], (0, 0))
    }

    /// Adds a regular file.
    pub fn file(&mut self, name: &str, permissions: u32, content: &[u8]) -> Result<(), CpioError> {
        self.ordered(name, 0o100_000 | permissions, content, (0, 0))
    }

    /// Adds a character device.
    pub fn character_device(
        &mut self,
        name: &str,
        permissions: u32,
        device: (u32, u32),
    ) -> Result<(), CpioError> {
        self.ordered(name, 0o020_000 | permissions, &[], device)
    }

    /// The finished archive.
    pub fn finish(mut self) -> Vec<u8> {
        self.inode = 0;
        self.epoch = 0;
        self.write("TRAILER!!!", 0, 0, &[], (0, 0));
        let length = self.bytes.len().next_multiple_of(512);
        self.bytes.resize(length, 0);
        self.bytes
    }

    fn ordered(
        &mut self,
        name: &str,
        mode: u32,
        content: &[u8],
        device: (u32, u32),
    ) -> Result<(), CpioError> {
        if self.inode > 0 && name <= self.last_name.as_str() {
            return Err(CpioError::OutOfOrder {
                name: name.into(),
                before: self.last_name.clone(),
            });
        }
        let length = u32::try_from(content.len()).map_err(|_| CpioError::TooLarge {
            name: name.into(),
            bytes: content.len(),
        })?;
        self.inode += 1;
        self.write(name, mode, length, content, device);
        name.clone_into(&mut self.last_name);
        Ok(())
    }

    fn write(&mut self, name: &str, mode: u32, length: u32, content: &[u8], (major, minor): (u32, u32)) {
        let links = if mode & 0o170_000 == 0o040_000 { 2 } else { 1 };
        let name_length = name.len() as u32 + 1;
        let Self { inode, epoch, .. } = *self;
        let fields = [
            inode,
            mode,
            0,
            0,
            links,
            epoch,
            length,
            0,
            0,
            major,
            minor,
            name_length,
            0,
        ]
        .map(|field| format!("{field:08X}"));
        self.bytes.extend_from_slice(b"070701");
        self.bytes.extend(fields.iter().flat_map(|field| field.bytes()));
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend_from_slice(content);
        self.pad();
    }

    fn pad(&mut self) {
        let length = self.bytes.len().next_multiple_of(4);
        self.bytes.resize(length, 0);
    }
}
