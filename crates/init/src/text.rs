//! Text of bounded length without an allocator.

use core::fmt;

/// Up to `N - 1` bytes of text, always followed by a zero byte, so that the kernel can read it.
#[derive(Clone, Copy)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
    overflowed: bool,
}

impl<const N: usize> Text<N> {
    /// No text.
    pub const fn new() -> Self {
        Self {
            bytes: [0; N],
            length: 0,
            overflowed: false,
        }
    }

    /// Formatted text; cut off where it does not fit, see [`Text::overflowed`].
    pub fn format(arguments: fmt::Arguments<'_>) -> Self {
        let mut text = Self::new();
        // Cutting off is recorded in the text itself.
        let _ = fmt::write(&mut text, arguments);
        text
    }

    /// Adds bytes, as far as they fit.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = N.saturating_sub(1).saturating_sub(self.length);
        let taken = &bytes[..bytes.len().min(room)];
        self.bytes[self.length..self.length + taken.len()].copy_from_slice(taken);
        self.length += taken.len();
        self.overflowed |= taken.len() < bytes.len();
    }

    /// Whether something did not fit.
    pub const fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// The text without the zero byte.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// The text with its zero byte.
    pub fn with_zero(&self) -> &[u8] {
        &self.bytes[..(self.length + 1).min(N)]
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> fmt::Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shown(self.as_bytes()).fmt(formatter)
    }
}

/// Bytes from outside as text: what is not printable ASCII becomes a question mark.
pub struct Shown<'a>(pub &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            let shown = if (0x20..0x7f).contains(byte) {
                char::from(*byte)
            } else {
                '?'
            };
            fmt::Write::write_char(formatter, shown)?;
        }
        Ok(())
    }
}

/// Bytes in hexadecimal.
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// The value of a hexadecimal digit.
pub const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Fills `output` from exactly twice as many hexadecimal digits.
pub fn parse_hex(digits: &[u8], output: &mut [u8]) -> Option<()> {
    if digits.len() != output.len() * 2 {
        return None;
    }
    for (byte, pair) in output.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
    }
    Some(())
}
