//! Made-up boot files for tests.

/// A PE32+ program of one section, with room for six.
pub fn stub() -> Vec<u8> {
    const PE: usize = 0x80;
    const OPTIONAL: usize = PE + 24;
    let mut stub = vec![0; 0x600];
    stub[..2].copy_from_slice(b"MZ");
    let mut put = |at: usize, bytes: &[u8]| stub[at..at + bytes.len()].copy_from_slice(bytes);
    put(0x3c, &(PE as u32).to_le_bytes());
    put(PE, b"PE\0\0");
    put(PE + 4, &0x8664u16.to_le_bytes());
    put(PE + 6, &1u16.to_le_bytes());
    put(PE + 20, &0xf0u16.to_le_bytes());
    put(OPTIONAL, &0x20bu16.to_le_bytes());
    put(OPTIONAL + 32, &0x1000u32.to_le_bytes());
    put(OPTIONAL + 36, &0x200u32.to_le_bytes());
    put(OPTIONAL + 56, &0x2000u32.to_le_bytes());
    put(OPTIONAL + 60, &0x400u32.to_le_bytes());
    put(OPTIONAL + 108, &16u32.to_le_bytes());
    let section = OPTIONAL + 0xf0;
    put(section, b".text\0\0\0");
    for (index, value) in [0x123u32, 0x1000, 0x200, 0x400].into_iter().enumerate() {
        put(section + 8 + index * 4, &value.to_le_bytes());
    }
    stub
}

/// A kernel module that depends on the modules named.
pub fn elf_module(depends: &str) -> Vec<u8> {
    let names = b"\0.modinfo\0.shstrtab\0";
    let information = format!("license=GPL\0depends={depends}\0name=test\0");
    let (names_at, information_at) = (64, 64 + names.len());
    let table = (information_at + information.len()).next_multiple_of(8);
    let mut elf = vec![0; table + 3 * 64];
    let mut put = |at: usize, bytes: &[u8]| elf[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"\x7fELF\x02\x01\x01");
    put(40, &(table as u64).to_le_bytes());
    for (at, value) in [(58, 64u16), (60, 3), (62, 2)] {
        put(at, &value.to_le_bytes());
    }
    put(names_at, names);
    put(information_at, information.as_bytes());
    for (index, name, at, length) in [
        (1, 1u32, information_at, information.len()),
        (2, 10, names_at, names.len()),
    ] {
        put(table + index * 64, &name.to_le_bytes());
        put(table + index * 64 + 24, &(at as u64).to_le_bytes());
        put(table + index * 64 + 32, &(length as u64).to_le_bytes());
    }
    elf
}
