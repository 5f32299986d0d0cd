//! The outer `ar` archive of a package (deb(5)): which bytes are control, which are data.

use super::DebError;

const MAGIC: &[u8] = b"!<arch>\n";
const HEADER_BYTES: usize = 60;
const MOST_MEMBERS: usize = 16;

/// A member of the outer archive.
#[derive(Clone, Debug)]
pub(super) struct Member<'a> {
    pub name: String,
    pub content: &'a [u8],
}

/// The two members that matter.
#[derive(Debug)]
pub(super) struct Container<'a> {
    pub control: Member<'a>,
    pub data: Member<'a>,
}

/// Finds control and data and checks that they are where deb(5) says.
pub(super) fn read(bytes: &[u8]) -> Result<Container<'_>, DebError> {
    let mut rest = bytes
        .strip_prefix(MAGIC)
        .ok_or_else(|| not_a_deb("it does not begin with an ar header"))?;
    let version = next(&mut rest)?.ok_or_else(|| not_a_deb("it is empty"))?;
    if version.name != "debian-binary" || !version.content.starts_with(b"2.") {
        return Err(not_a_deb("its first member is not debian-binary of format 2"));
    }
    let control = expect(&mut rest, "control.tar")?;
    let data = expect(&mut rest, "data.tar")?;
    // What follows (signatures of vendors, for example) is read no further than its headers.
    for _ in 0..MOST_MEMBERS {
        if next(&mut rest)?.is_none() {
            return Ok(Container { control, data });
        }
    }
    Err(not_a_deb("it has too many members"))
}

/// The next member that readers must not skip (names beginning with `_` may be skipped).
fn expect<'a>(rest: &mut &'a [u8], wanted: &str) -> Result<Member<'a>, DebError> {
    for _ in 0..MOST_MEMBERS {
        let member = next(rest)?.ok_or_else(|| not_a_deb(&format!("it has no {wanted}")))?;
        let suffix = member.name.strip_prefix(wanted);
        if suffix.is_some_and(|suffix| suffix.is_empty() || suffix.starts_with('.')) {
            return Ok(member);
        }
        if !member.name.starts_with('_') {
            return Err(not_a_deb(&format!(
                "it has {} where {wanted} should be",
                member.name.escape_debug()
            )));
        }
    }
    Err(not_a_deb("it has too many members"))
}

fn next<'a>(rest: &mut &'a [u8]) -> Result<Option<Member<'a>>, DebError> {
    if rest.is_empty() {
        return Ok(None);
    }
    let Some((header, after)) = rest.split_at_checked(HEADER_BYTES) else {
        return Err(truncated("a member's header", HEADER_BYTES, rest.len()));
    };
    if !header.ends_with(b"`\n") {
        return Err(not_a_deb("a member's header is damaged"));
    }
    let name = text(&header[..16]).ok_or_else(|| not_a_deb("a member's name is not text"))?;
    let name = name.trim_end().trim_end_matches('/').to_owned();
    let size = text(&header[48..58])
        .and_then(|size| size.trim_end().parse::<usize>().ok())
        .ok_or_else(|| not_a_deb(&format!("the size of {name} is not a number")))?;
    let Some((content, after)) = after.split_at_checked(size) else {
        return Err(truncated(&name, size, after.len()));
    };
    // Members begin at even offsets; the last one's padding is sometimes left out.
    *rest = after.get(size % 2..).unwrap_or_default();
    Ok(Some(Member { name, content }))
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn not_a_deb(reason: &str) -> DebError {
    DebError::NotADeb {
        reason: reason.to_owned(),
    }
}

fn truncated(what: &str, needed: usize, left: usize) -> DebError {
    DebError::Truncated {
        what: what.to_owned(),
        needed: needed as u64,
        left: left as u64,
    }
}
