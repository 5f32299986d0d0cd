//! The tokens of the language.

/// A token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Token<'t> {
    /// An identifier.
    Identifier(&'t [u8]),
    /// A reserved word.
    Keyword(Keyword),
    /// An integer literal.
    Int(i64),
    /// A float literal.
    Float(f64),
    /// A path up to its first interpolation or its end.
    Path(&'t str),
    /// `~/...`, up to its first interpolation or its end.
    HomePath(&'t str),
    /// `<nixpkgs/lib>` without the brackets.
    SearchPath(&'t str),
    /// An unquoted URI.
    Uri(&'t str),
    /// `"`
    Quote,
    /// `''`, with the rest of its line if that is only spaces.
    IndentedQuote,
    /// An operator or punctuation.
    Sign(Sign),
    /// A byte that begins no token.
    Unknown(u8),
    /// The end of the text.
    End,
}

impl Token<'_> {
    /// What error messages call it.
    pub fn description(&self) -> String {
        match self {
            Self::Identifier(_) => "identifier".into(),
            Self::Keyword(word) => format!("'{}'", word.text()),
            Self::Int(_) => "integer".into(),
            Self::Float(_) => "floating-point literal".into(),
            Self::Path(_) => "path".into(),
            Self::HomePath(_) => "'~/…' path".into(),
            Self::SearchPath(_) => "'<…>' path".into(),
            Self::Uri(_) => "URI".into(),
            Self::Quote => "'\"'".into(),
            Self::IndentedQuote => "start of an indented string".into(),
            Self::Sign(sign) => format!("'{}'", sign.text()),
            Self::Unknown(_) => "invalid token".into(),
            Self::End => "end of file".into(),
        }
    }
}

macro_rules! words {
    ($(#[$comment:meta])* $kind:ident { $($name:ident = $text:literal),+ $(,)? }) => {
        $(#[$comment])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $kind {
            $(#[doc = concat!("`", $text, "`")] $name),+
        }

        impl $kind {
            /// As it is written.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text),+
                }
            }
        }
    };
}

words! {
    /// A reserved word.
    Keyword {
        If = "if",
        Then = "then",
        Else = "else",
        Assert = "assert",
        With = "with",
        Let = "let",
        In = "in",
        Rec = "rec",
        Inherit = "inherit",
        Or = "or",
    }
}

words! {
    /// An operator or punctuation.
    Sign {
        OpenBrace = "{",
        CloseBrace = "}",
        OpenParenthesis = "(",
        CloseParenthesis = ")",
        OpenBracket = "[",
        CloseBracket = "]",
        Interpolation = "${",
        Colon = ":",
        Semicolon = ";",
        Comma = ",",
        Dot = ".",
        Ellipsis = "...",
        At = "@",
        Question = "?",
        Assign = "=",
        Not = "!",
        Equal = "==",
        NotEqual = "!=",
        Less = "<",
        LessOrEqual = "<=",
        Greater = ">",
        GreaterOrEqual = ">=",
        And = "&&",
        Or = "||",
        Implies = "->",
        Update = "//",
        Concat = "++",
        Add = "+",
        Subtract = "-",
        Multiply = "*",
        Divide = "/",
        PipeRight = "|>",
        PipeLeft = "<|",
    }
}

impl Keyword {
    /// The reserved word that `word` is.
    pub(super) fn of(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"if" => Self::If,
            b"in" => Self::In,
            b"or" => Self::Or,
            b"let" => Self::Let,
            b"rec" => Self::Rec,
            b"then" => Self::Then,
            b"else" => Self::Else,
            b"with" => Self::With,
            b"assert" => Self::Assert,
            b"inherit" => Self::Inherit,
            _ => return None,
        })
    }
}

impl Sign {
    /// The sign at the beginning of `rest`.
    pub(super) fn at(rest: &[u8]) -> Option<Self> {
        let (first, behind) = rest.split_first()?;
        let next = behind.first().copied().unwrap_or(0);
        Some(match (first, next) {
            (b'{', _) => Self::OpenBrace,
            (b'}', _) => Self::CloseBrace,
            (b'(', _) => Self::OpenParenthesis,
            (b')', _) => Self::CloseParenthesis,
            (b'[', _) => Self::OpenBracket,
            (b']', _) => Self::CloseBracket,
            (b'$', b'{') => Self::Interpolation,
            (b':', _) => Self::Colon,
            (b';', _) => Self::Semicolon,
            (b',', _) => Self::Comma,
            (b'.', b'.') if behind.get(1) == Some(&b'.') => Self::Ellipsis,
            (b'.', _) => Self::Dot,
            (b'@', _) => Self::At,
            (b'?', _) => Self::Question,
            (b'=', b'=') => Self::Equal,
            (b'=', _) => Self::Assign,
            (b'!', b'=') => Self::NotEqual,
            (b'!', _) => Self::Not,
            (b'<', b'=') => Self::LessOrEqual,
            (b'<', b'|') => Self::PipeLeft,
            (b'<', _) => Self::Less,
            (b'>', b'=') => Self::GreaterOrEqual,
            (b'>', _) => Self::Greater,
            (b'&', b'&') => Self::And,
            (b'|', b'|') => Self::Or,
            (b'|', b'>') => Self::PipeRight,
            (b'-', b'>') => Self::Implies,
            (b'-', _) => Self::Subtract,
            (b'/', b'/') => Self::Update,
            (b'/', _) => Self::Divide,
            (b'+', b'+') => Self::Concat,
            (b'+', _) => Self::Add,
            (b'*', _) => Self::Multiply,
            _ => return None,
        })
    }
}
