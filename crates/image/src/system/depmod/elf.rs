//! Reads what an index needs out of a kernel module: its information, what it exports and what it needs.

/// What a module says about itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    pub information: Vec<(String, String)>,
    pub exports: Vec<String>,
    pub needs: Vec<String>,
}

const SYMBOL_SIZE: usize = 24;
const SECTION_SIZE: usize = 64;
const SYMBOL_TABLE: u32 = 2;
const STRING_TABLE: u32 = 3;
const NO_BITS: u32 = 8;
const UNDEFINED: u16 = 0;
const EXPORT_PREFIX: &str = "__ksymtab_";

/// One section's header.
struct Section<'a> {
    name: &'a str,
    kind: u32,
    link: usize,
    content: &'a [u8],
}

/// Parses a 64-bit little-endian module.
pub(super) fn parse(image: &[u8]) -> Result<Parsed, &'static str> {
    if image.get(..6) != Some(b"\x7fELF\x02\x01") {
        return Err("it is not a 64-bit little-endian ELF file");
    }
    let sections = sections(image).ok_or("its section headers are cut off")?;
    let mut parsed = Parsed::default();
    if let Some(section) = sections.iter().find(|section| section.name == ".modinfo") {
        parsed.information = information(section.content);
    }
    let Some(table) = sections.iter().find(|section| section.kind == SYMBOL_TABLE) else {
        return Ok(parsed);
    };
    let names = sections
        .get(table.link)
        .filter(|section| section.kind == STRING_TABLE);
    let names = names.ok_or("its symbols have no names")?.content;
    for symbol in table.content.chunks_exact(SYMBOL_SIZE).skip(1) {
        let name = u32_at(symbol, 0).and_then(|at| string_at(names, at as usize));
        let name = name.ok_or("a symbol's name lies outside")?;
        if let Some(exported) = name.strip_prefix(EXPORT_PREFIX) {
            parsed.exports.push(exported.into());
        } else if u16_at(symbol, 6) == Some(UNDEFINED) && !name.is_empty() {
            parsed.needs.push(name.into());
        }
    }
    Ok(parsed)
}

/// The `key=value` strings of a module's information.
pub(super) fn information(content: &[u8]) -> Vec<(String, String)> {
    let strings = content
        .split(|byte| *byte == 0)
        .filter_map(|bytes| std::str::from_utf8(bytes).ok());
    let pairs = strings.filter_map(|string| string.split_once('='));
    pairs.map(|(key, value)| (key.into(), value.into())).collect()
}

fn sections(image: &[u8]) -> Option<Vec<Section<'_>>> {
    let at = usize::try_from(u64_at(image, 40)?).ok()?;
    let count = usize::from(u16_at(image, 60)?);
    let names_index = usize::from(u16_at(image, 62)?);
    let headers = image.get(at..at.checked_add(count * SECTION_SIZE)?)?;
    let content = |header: &[u8]| -> Option<_> {
        if u32_at(header, 4)? == NO_BITS {
            return Some(&[][..]);
        }
        let begin = usize::try_from(u64_at(header, 24)?).ok()?;
        let length = usize::try_from(u64_at(header, 32)?).ok()?;
        image.get(begin..begin.checked_add(length)?)
    };
    let names = content(headers.chunks_exact(SECTION_SIZE).nth(names_index)?)?;
    let section = |header| {
        Some(Section {
            name: string_at(names, u32_at(header, 0)? as usize)?,
            kind: u32_at(header, 4)?,
            link: u32_at(header, 40)? as usize,
            content: content(header)?,
        })
    };
    headers.chunks_exact(SECTION_SIZE).map(section).collect()
}

fn string_at(table: &[u8], at: usize) -> Option<&str> {
    let rest = table.get(at..)?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    std::str::from_utf8(&rest[..end]).ok()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_modules_are_errors_and_never_panics() {
        assert!(parse(b"").is_err());
        assert!(parse(b"\x7fELF\x01\x01").is_err());
        let mut image = b"\x7fELF\x02\x01".to_vec();
        image.resize(64, 0xff);
        assert!(parse(&image).is_err());
        image[40..48].copy_from_slice(&64u64.to_le_bytes());
        image[60..64].copy_from_slice(&[1, 0, 0, 0]);
        image.resize(128, 0xff);
        assert!(parse(&image).is_err());
    }

    #[test]
    fn information_is_pairs() {
        let pairs = information(b"license=GPL\0alias=pci:v*\0\0broken\0parm=x:y=z\0");
        let expected = [("license", "GPL"), ("alias", "pci:v*"), ("parm", "x:y=z")];
        assert_eq!(
            pairs,
            expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
    }
}
