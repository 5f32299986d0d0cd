//! Encodes bytes in the base-32 alphabet of Nix: no e, o, u, t, least significant digit last.

/// The digits, in order of value.
pub const ALPHABET: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";

/// How many digits encode `byte_count` bytes.
pub const fn encoded_length(byte_count: usize) -> usize {
    (byte_count * 8).div_ceil(5)
}

/// The digits of `bytes`.
pub fn encode(bytes: &[u8]) -> String {
    (0..encoded_length(bytes.len()))
        .rev()
        .map(|position| char::from(ALPHABET[digit(bytes, position)]))
        .collect()
}

fn digit(bytes: &[u8], position: usize) -> usize {
    let (index, shift) = (position * 5 / 8, position * 5 % 8);
    let low = u16::from(bytes[index]);
    let high = bytes.get(index + 1).map_or(0, |byte| u16::from(*byte));
    usize::from((low | high << 8) >> shift & 31)
}

/// The bytes that `text` stands for, or nothing if it has a foreign digit, an impossible length or set padding bits.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let byte_count = text.len() * 5 / 8;
    if encoded_length(byte_count) != text.len() {
        return None;
    }
    let mut bytes = vec![0u8; byte_count];
    for (position, character) in text.bytes().rev().enumerate() {
        let value = ALPHABET.iter().position(|digit| *digit == character)? as u16;
        let (index, shift) = (position * 5 / 8, position * 5 % 8);
        let spread = value << shift;
        bytes[index] |= (spread & 0xff) as u8;
        match bytes.get_mut(index + 1) {
            Some(next) => *next |= (spread >> 8) as u8,
            None if spread >> 8 != 0 => return None,
            None => {}
        }
    }
    Some(bytes)
}

/// Whether `text` has digits of the alphabet only.
pub fn is_nix32(text: &str) -> bool {
    text.bytes().all(|byte| ALPHABET.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_and_decodes() {
        let table: &[(&[u8], &str)] = &[
            (b"", ""),
            (&[0x1f], "0z"),
            (&[0xff], "7z"),
            (&[0, 1], "0080"),
            (b"abc", "1kpcj1"),
        ];
        for (bytes, text) in table {
            assert_eq!(decode(&encode(bytes)).as_deref(), Some(*bytes), "{text}");
        }
        assert_eq!(encode(&[0x1f]), "0z");
        assert_eq!(encode(&[0xff]), "7z");
    }

    #[test]
    fn refuses_foreign_digits_and_padding() {
        for text in ["e0", "zz", "0", "000", "Az"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
