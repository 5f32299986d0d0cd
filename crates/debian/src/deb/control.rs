//! The control archive of a package: its fields and the other members.

use super::ar::Member;
use super::archive::Archive;
use super::entry::Kind;
use super::{DebError, Limits};
use crate::deb822;

/// Most members of a control archive.
const MOST_MEMBERS: usize = 4096;

/// The fields of a package's control file, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlFields {
    fields: Vec<(String, String)>,
}

impl ControlFields {
    /// Name and value of each field. Further lines of a value keep their leading space.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of the field `name`, whatever its case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find_map(|(candidate, value)| candidate.eq_ignore_ascii_case(name).then_some(value))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut paragraphs = deb822::paragraphs(text);
        let paragraph = paragraphs.next().ok_or("it is empty")??;
        if paragraphs.next().is_some() {
            return Err("it has more than one paragraph".to_owned());
        }
        for name in ["Package", "Version", "Architecture"] {
            paragraph
                .get(name)
                .filter(|value| !value.is_empty())
                .ok_or_else(|| format!("it has no field {name}"))?;
        }
        let fields = paragraph
            .fields()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Self {
            fields: fields.collect(),
        })
    }
}

/// Name and content of the members beside `control`.
type Members = Vec<(String, Vec<u8>)>;

/// Reads the control archive whole.
pub(super) fn read(member: &Member<'_>, limits: Limits) -> Result<(ControlFields, Members), DebError> {
    let mut members = Members::new();
    let mut archive = Archive::open(member, limits.control_bytes, MOST_MEMBERS)?;
    archive.for_each::<DebError>(|entry, content| {
        if !matches!(entry.kind, Kind::Regular { .. }) {
            return Ok(());
        }
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).map_err(|source| DebError::Read {
            member: member.name.clone(),
            source,
        })?;
        members.push((entry.path.trim_start_matches('/').to_owned(), bytes));
        Ok(())
    })?;
    members.sort();
    let bad = |reason: String| DebError::BadControl { reason };
    let index = members
        .iter()
        .position(|(name, _)| name == "control")
        .ok_or_else(|| bad("it is missing".to_owned()))?;
    let (_, control) = members.remove(index);
    let text = String::from_utf8(control).map_err(|_| bad("it is not UTF-8".to_owned()))?;
    Ok((ControlFields::parse(&text).map_err(bad)?, members))
}
