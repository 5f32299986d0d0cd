//! The syntax of control files: paragraphs of `Name: value` lines with continuation lines (deb822(5)).

/// One paragraph; names and values are slices of the text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paragraph<'a> {
    fields: Vec<(&'a str, &'a str)>,
}

impl<'a> Paragraph<'a> {
    /// Name and value of each field in the text's order. Further lines of a value keep their leading space.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, &'a str)> + '_ {
        self.fields.iter().copied()
    }

    /// The value of a field, whatever the case of its name.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.fields()
            .find_map(|(candidate, value)| candidate.eq_ignore_ascii_case(name).then_some(value))
    }
}

/// The paragraphs of a text. Lines that begin with `#` are comments.
pub(crate) fn paragraphs(text: &str) -> Paragraphs<'_> {
    Paragraphs { text, at: 0 }
}

/// Iterator over paragraphs; the first error ends it.
#[derive(Debug)]
pub(crate) struct Paragraphs<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Paragraphs<'a> {
    /// End of the line that begins at `start`, its line end included.
    fn line_end(&self, start: usize) -> usize {
        self.text[start..]
            .find('\n')
            .map_or(self.text.len(), |index| start + index + 1)
    }

    /// The field whose first line goes from `self.at` to `end`; moves behind its last line.
    fn field(&mut self, end: usize) -> Result<(&'a str, &'a str), String> {
        let line = &self.text[self.at..end];
        let is_name = |name: &str| {
            !name.is_empty() && !name.starts_with('-') && name.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let (name, _) = line
            .split_once(':')
            .filter(|(name, _)| is_name(name))
            .ok_or_else(|| {
                let number = self.text[..self.at].matches('\n').count() + 1;
                format!("line {number} is no field")
            })?;
        let start = self.at + name.len() + 1;
        let mut last = end;
        while self.text[last..].starts_with([' ', '\t']) {
            let next = self.line_end(last);
            if self.text[last..next].trim().is_empty() {
                break;
            }
            last = next;
        }
        self.at = last;
        Ok((name, self.text[start..last].trim()))
    }
}

impl<'a> Iterator for Paragraphs<'a> {
    type Item = Result<Paragraph<'a>, String>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut paragraph = Paragraph::default();
        while self.at < self.text.len() {
            let end = self.line_end(self.at);
            let line = &self.text[self.at..end];
            if line.starts_with('#') {
                self.at = end;
            } else if line.trim().is_empty() {
                self.at = end;
                if !paragraph.fields.is_empty() {
                    break;
                }
            } else {
                match self.field(end) {
                    Ok(field) => paragraph.fields.push(field),
                    Err(error) => {
                        self.at = self.text.len();
                        return Some(Err(error));
                    }
                }
            }
        }
        (!paragraph.fields.is_empty()).then_some(Ok(paragraph))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_further_lines() {
        let text = "\n# note\nPackage: a\nDescription: short\n long\n .\n more\nempty:\n\n\nPackage: b\r\n";
        let all: Vec<_> = paragraphs(text)
            .collect::<Result<_, _>>()
            .expect("the text is sound");
        let fields: Vec<_> = all[0].fields().collect();
        let description = "short\n long\n .\n more";
        assert_eq!(
            fields,
            [("Package", "a"), ("Description", description), ("empty", "")]
        );
        assert_eq!(all[1].get("package"), Some("b"));
        assert_eq!(all.len(), 2);
    }

    #[test]
    fn lines_that_are_no_fields_are_refused_with_their_number() {
        for (text, line) in [
            ("Package: a\nnonsense\n", 2),
            (" x: y\n", 1),
            ("\n: x", 2),
            ("-a: x", 1),
        ] {
            let error = paragraphs(text).find_map(Result::err).expect(text);
            assert!(error.contains(&line.to_string()), "{error}");
        }
    }
}
