//! Extended headers of POSIX tar archives: the records that override or add to an entry's header.

/// Prefix of records that hold extended attributes.
const XATTR: &[u8] = b"SCHILY.xattr.";

/// What extended headers say about the entry that follows them.
#[derive(Debug, Default)]
pub(super) struct Extension {
    pub path: Option<Vec<u8>>,
    pub link: Option<Vec<u8>>,
    pub size: Option<u64>,
    pub uid: Option<u64>,
    pub gid: Option<u64>,
    pub mtime: Option<u64>,
    pub uname: Option<String>,
    pub gname: Option<String>,
    pub xattrs: Vec<(String, Vec<u8>)>,
}

impl Extension {
    /// Takes the records of one extended header. Unknown keys are ignored, as the standard says.
    pub fn read_records(&mut self, mut bytes: &[u8]) -> Result<(), &'static str> {
        while !bytes.is_empty() {
            let (key, value, rest) = record(bytes).ok_or("an extended header has a damaged record")?;
            self.set(key, value)?;
            bytes = rest;
        }
        Ok(())
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), &'static str> {
        match key {
            b"path" => self.path = Some(value.to_vec()),
            b"linkpath" => self.link = Some(value.to_vec()),
            b"size" => self.size = Some(number(value)?),
            b"uid" => self.uid = Some(number(value)?),
            b"gid" => self.gid = Some(number(value)?),
            b"mtime" => self.mtime = Some(number(value)?),
            b"uname" => self.uname = Some(text(value)?),
            b"gname" => self.gname = Some(text(value)?),
            _ if key.starts_with(b"GNU.sparse.") => return Err("it is a sparse file"),
            _ => {
                if let Some(name) = key.strip_prefix(XATTR) {
                    self.xattrs.push((text(name)?, value.to_vec()));
                }
            }
        }
        Ok(())
    }
}

type Record<'a> = (&'a [u8], &'a [u8], &'a [u8]);

/// Splits off one record: `<length> <key>=<value>\n`, where the length counts the whole record.
fn record(bytes: &[u8]) -> Option<Record<'_>> {
    let space = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(&bytes[..space]).ok()?.parse().ok()?;
    let body = bytes.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = body.iter().position(|byte| *byte == b'=')?;
    Some((&body[..equals], &body[equals + 1..], &bytes[length..]))
}

/// A number of seconds or bytes; a fraction is dropped.
fn number(value: &[u8]) -> Result<u64, &'static str> {
    std::str::from_utf8(value)
        .ok()
        .and_then(|text| text.split('.').next())
        .and_then(|whole| whole.parse().ok())
        .ok_or("an extended header has a number that is none")
}

fn text(value: &[u8]) -> Result<String, &'static str> {
    std::str::from_utf8(value)
        .map(str::to_owned)
        .map_err(|_| "an extended header is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_hold_line_ends_and_equal_signs() {
        let mut extension = Extension::default();
        extension
            .read_records(b"12 path=a=b\n27 SCHILY.xattr.user.x=1\n2\n18 mtime=12.34567\n")
            .expect("the records are sound");
        assert_eq!(extension.path.as_deref(), Some(b"a=b".as_slice()));
        assert_eq!(extension.xattrs, [("user.x".to_owned(), b"1\n2".to_vec())]);
        assert_eq!(extension.mtime, Some(12));
    }

    #[test]
    fn damaged_records_are_refused() {
        for bytes in [
            "x",
            "9 path=a\n ",
            "99 path=a\n",
            "5 a\nb=",
            "0 a=b\n",
            "11 size=x y\n",
        ] {
            let result = Extension::default().read_records(bytes.as_bytes());
            assert!(result.is_err(), "{bytes:?}");
        }
    }
}
