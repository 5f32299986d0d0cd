//! "Did you mean …?"

/// The hint for a name that is not there; empty if no known name is near.
pub(crate) fn did_you_mean<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    match crate::pure::nearest::nearest(name, known, 5).as_slice() {
        [] => String::new(),
        [one] => format!("\nDid you mean {one}?"),
        [first @ .., last] => format!("\nDid you mean one of {} or {last}?", first.join(", ")),
    }
}
