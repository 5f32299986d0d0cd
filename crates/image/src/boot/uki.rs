//! Assembles a unified kernel image: sections appended to systemd's EFI stub (UAPI UKI specification, PE/COFF).

/// The parts of a unified kernel image.
#[derive(Debug, Clone, Copy)]
pub struct UkiParts<'a> {
    /// systemd's `linuxx64.efi.stub`.
    pub stub: &'a [u8],
    /// os-release text.
    pub os_release: &'a str,
    /// Kernel command line.
    pub command_line: &'a str,
    /// Kernel release, as `uname -r` says it.
    pub kernel_release: &'a str,
    /// The kernel.
    pub kernel: &'a [u8],
    /// The initrd.
    pub initrd: &'a [u8],
}

/// Why an image cannot be assembled.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum UkiError {
    /// The stub is not a PE32+ program.
    #[error("the EFI stub is not a PE32+ program: {0}")]
    NotPe(&'static str),
    /// Signatures come last, on what is finished.
    #[error("the EFI stub is signed already")]
    Signed,
    /// The stub's headers have no room for further sections.
    #[error("the EFI stub has no room for {0} more sections")]
    NoRoom(usize),
    /// PE counts in 32 bits.
    #[error("the kernel image would be larger than 4 GiB")]
    TooLarge,
}

const DATA: u32 = 0x4000_0040;
const CODE: u32 = 0x6000_0020;
const SECTION_HEADER: usize = 40;

/// Assembles the image. Equal parts give equal bytes.
pub fn build_uki(parts: &UkiParts<'_>) -> Result<Vec<u8>, UkiError> {
    let headers = Headers::parse(parts.stub)?;
    let sections: [(&[u8; 8], &[u8], u32); 5] = [
        (b".osrel\0\0", parts.os_release.as_bytes(), DATA),
        (b".cmdline", parts.command_line.as_bytes(), DATA),
        (b".uname\0\0", parts.kernel_release.as_bytes(), DATA),
        (b".linux\0\0", parts.kernel, CODE),
        (b".initrd\0", parts.initrd, DATA),
    ];
    if headers.table_end() + sections.len() * SECTION_HEADER > headers.size_of_headers {
        return Err(UkiError::NoRoom(sections.len()));
    }
    let mut image =
        Vec::with_capacity(parts.stub.len() + parts.kernel.len() + parts.initrd.len() + (1 << 16));
    image.extend_from_slice(parts.stub);
    let mut address = headers.end_address;
    let mut data_size = headers.data_size;
    for (index, (name, content, characteristics)) in sections.into_iter().enumerate() {
        pad(&mut image, headers.file_alignment);
        let file_offset = size(image.len())?;
        image.extend_from_slice(content);
        pad(&mut image, headers.file_alignment);
        let virtual_size = size(content.len())?;
        let header = section_header(
            name,
            [
                virtual_size,
                address,
                size(image.len())? - file_offset,
                file_offset,
            ],
            characteristics,
        );
        let place = headers.table_end() + index * SECTION_HEADER;
        image[place..place + SECTION_HEADER].copy_from_slice(&header);
        address = address
            .checked_add(virtual_size)
            .and_then(|end| end.checked_next_multiple_of(headers.section_alignment))
            .ok_or(UkiError::TooLarge)?;
        data_size = data_size.checked_add(virtual_size).ok_or(UkiError::TooLarge)?;
    }
    headers.update(&mut image, sections.len(), address, data_size);
    Ok(image)
}

/// `sizes`: virtual size, virtual address, size in the file, offset in the file.
fn section_header(name: &[u8; 8], sizes: [u32; 4], characteristics: u32) -> [u8; SECTION_HEADER] {
    let mut header = [0; SECTION_HEADER];
    header[..8].copy_from_slice(name);
    for (index, value) in sizes.into_iter().enumerate() {
        header[8 + 4 * index..12 + 4 * index].copy_from_slice(&value.to_le_bytes());
    }
    header[36..].copy_from_slice(&characteristics.to_le_bytes());
    header
}

fn pad(image: &mut Vec<u8>, alignment: usize) {
    let length = image.len().next_multiple_of(alignment);
    image.resize(length, 0);
}

fn size(length: usize) -> Result<u32, UkiError> {
    u32::try_from(length).map_err(|_| UkiError::TooLarge)
}

struct Headers {
    coff: usize,
    optional: usize,
    table: usize,
    section_count: usize,
    size_of_headers: usize,
    file_alignment: usize,
    section_alignment: u32,
    end_address: u32,
    data_size: u32,
}

impl Headers {
    fn parse(stub: &[u8]) -> Result<Self, UkiError> {
        const CUT_OFF: UkiError = UkiError::NotPe("it is cut off");
        let u16_at = |at: usize| {
            let bytes = stub
                .get(at..at.saturating_add(2))
                .and_then(|bytes| bytes.try_into().ok());
            bytes.map(u16::from_le_bytes).ok_or(CUT_OFF)
        };
        let u32_at = |at: usize| {
            let bytes = stub
                .get(at..at.saturating_add(4))
                .and_then(|bytes| bytes.try_into().ok());
            bytes.map(u32::from_le_bytes).ok_or(CUT_OFF)
        };
        let start = u32_at(0x3c)? as usize;
        if !stub.starts_with(b"MZ") || u32_at(start)? != u32::from_le_bytes(*b"PE\0\0") {
            return Err(UkiError::NotPe("its magic numbers are not there"));
        }
        let (coff, optional) = (start + 4, start + 24);
        if u16_at(optional)? != 0x20b {
            return Err(UkiError::NotPe("its optional header is not PE32+"));
        }
        let section_count = usize::from(u16_at(coff + 2)?);
        let table = optional + usize::from(u16_at(coff + 16)?);
        let (section_alignment, file_alignment) = (u32_at(optional + 32)?, u32_at(optional + 36)?);
        let sound = |alignment: u32| alignment.is_power_of_two() && (512..=65536).contains(&alignment);
        if !sound(section_alignment) || !sound(file_alignment) {
            return Err(UkiError::NotPe("its alignments cannot be"));
        }
        if u32_at(optional + 108)? > 4 && (u32_at(optional + 144)?, u32_at(optional + 148)?) != (0, 0) {
            return Err(UkiError::Signed);
        }
        let mut end_address = 0u32;
        for index in 0..section_count {
            let header = table + index * SECTION_HEADER;
            let end = u32_at(header + 12)?
                .checked_add(u32_at(header + 8)?)
                .ok_or(UkiError::TooLarge)?;
            end_address = end_address.max(end);
        }
        let end_address = end_address
            .checked_next_multiple_of(section_alignment)
            .ok_or(UkiError::TooLarge)?;
        let size_of_headers = u32_at(optional + 60)? as usize;
        if size_of_headers > stub.len() || table + section_count * SECTION_HEADER > size_of_headers {
            return Err(UkiError::NotPe("its headers lie outside"));
        }
        Ok(Self {
            coff,
            optional,
            table,
            section_count,
            size_of_headers,
            file_alignment: file_alignment as usize,
            section_alignment,
            end_address,
            data_size: u32_at(optional + 8)?,
        })
    }

    const fn table_end(&self) -> usize {
        self.table + self.section_count * SECTION_HEADER
    }

    fn update(&self, image: &mut [u8], added: usize, size_of_image: u32, data_size: u32) {
        let count = (self.section_count + added) as u16;
        image[self.coff + 2..self.coff + 4].copy_from_slice(&count.to_le_bytes());
        let mut put = |at: usize, value: u32| {
            image[self.optional + at..self.optional + at + 4].copy_from_slice(&value.to_le_bytes());
        };
        put(8, data_size);
        put(56, size_of_image);
        put(64, 0);
    }
}
