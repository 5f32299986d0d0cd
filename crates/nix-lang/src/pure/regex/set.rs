//! Sets of bytes, and the named ones of bracket expressions.

/// A set of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    /// What `.` matches: anything but the null byte.
    pub(super) fn any() -> Self {
        let mut set = Self::default();
        set.insert(0);
        set.negated()
    }

    /// One byte.
    pub(super) fn of(byte: u8) -> Self {
        let mut set = Self::default();
        set.insert(byte);
        set
    }

    pub(super) fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    #[inline]
    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] & (1 << (byte & 63)) != 0
    }

    pub(super) fn insert_all(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(other.0) {
            *word |= more;
        }
    }

    /// Adds a range; its ends compare as signed bytes, as `char` is signed.
    pub(super) fn insert_range(&mut self, first: u8, last: u8) -> bool {
        let (first, last) = (first.cast_signed(), last.cast_signed());
        for byte in first..=last {
            self.insert(byte.cast_unsigned());
        }
        first <= last
    }

    pub(super) fn negated(&self) -> Self {
        Self(self.0.map(|word| !word))
    }

    fn filled(belongs: impl Fn(u8) -> bool) -> Self {
        let mut set = Self::default();
        for byte in 0..=127 {
            if belongs(byte) {
                set.insert(byte);
            }
        }
        set
    }

    /// `[:name:]`
    pub(super) fn class(name: &[u8]) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_slice() {
            b"alnum" => Self::filled(|byte| byte.is_ascii_alphanumeric()),
            b"alpha" => Self::filled(|byte| byte.is_ascii_alphabetic()),
            b"blank" => Self::filled(|byte| matches!(byte, b' ' | b'\t')),
            b"cntrl" => Self::filled(|byte| byte.is_ascii_control()),
            b"d" | b"digit" => Self::filled(|byte| byte.is_ascii_digit()),
            b"graph" => Self::filled(|byte| byte.is_ascii_graphic()),
            b"lower" => Self::filled(|byte| byte.is_ascii_lowercase()),
            b"print" => Self::filled(|byte| byte.is_ascii_graphic() || byte == b' '),
            b"punct" => Self::filled(|byte| byte.is_ascii_punctuation()),
            b"s" | b"space" => Self::filled(|byte| matches!(byte, b' ' | 9..=13)),
            b"upper" => Self::filled(|byte| byte.is_ascii_uppercase()),
            b"w" => Self::filled(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
            b"xdigit" => Self::filled(|byte| byte.is_ascii_hexdigit()),
            _ => return None,
        })
    }

    /// `[=name=]`: the letter in either case.
    pub(super) fn equivalents(name: &[u8]) -> Option<Self> {
        let letter = collating_element(name)?;
        Some(Self::filled(|byte| byte.eq_ignore_ascii_case(&letter)))
    }
}

/// The names of the bytes that are neither letters nor digits, from 0 on; a gap is an empty name.
const NAMES: &str = "NUL SOH STX ETX EOT ENQ ACK alert backspace tab newline vertical-tab form-feed \
    carriage-return SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC IS4 IS3 IS2 IS1 space exclamation-mark \
    quotation-mark number-sign dollar-sign percent-sign ampersand apostrophe left-parenthesis right-parenthesis \
    asterisk plus-sign comma hyphen period slash zero one two three four five six seven eight nine colon semicolon \
    less-than-sign equals-sign greater-than-sign question-mark commercial-at";

const NAMES_BEHIND_UPPER: &str =
    "left-square-bracket backslash right-square-bracket circumflex underscore grave-accent";

const NAMES_BEHIND_LOWER: &str = "left-curly-bracket vertical-line right-curly-bracket tilde DEL";

/// `[.name.]`
pub(super) fn collating_element(name: &[u8]) -> Option<u8> {
    if let [letter] = name
        && letter.is_ascii_alphabetic()
    {
        return Some(*letter);
    }
    let tables = [(NAMES, 0), (NAMES_BEHIND_UPPER, b'['), (NAMES_BEHIND_LOWER, b'{')];
    tables.iter().find_map(|(names, first)| {
        let index = names
            .split_ascii_whitespace()
            .position(|known| known.as_bytes() == name)?;
        Some(first + u8::try_from(index).ok()?)
    })
}
