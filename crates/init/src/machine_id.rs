//! The machine id: 32 lower-case hexadecimal digits and a newline (machine-id(5)).

use crate::text::{Hex, Text, hex_digit};

/// A machine id as the file holds it.
pub type MachineId = Text<34>;

/// The id in a file's content; nothing where it is damaged or all zero.
pub fn parse(content: &[u8]) -> Option<MachineId> {
    let digits = content.strip_suffix(b"\n").unwrap_or(content);
    let sound = digits.len() == 32
        && digits
            .iter()
            .all(|digit| hex_digit(*digit).is_some() && !digit.is_ascii_uppercase())
        && digits.iter().any(|digit| *digit != b'0');
    sound.then(|| Text::format(format_args!("{}\n", crate::text::Shown(digits))))
}

/// An id from 16 random bytes, marked as a random UUID.
pub fn from_random(mut bytes: [u8; 16]) -> MachineId {
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Text::format(format_args!("{}\n", Hex(&bytes)))
}
