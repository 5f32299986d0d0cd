//! The attribute form of inputs: what `flake.lock` keeps for `original` and `locked`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// One value of an input's attribute form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribute {
    /// A string.
    String(String),
    /// A number.
    Integer(u64),
    /// A truth value.
    Boolean(bool),
}

impl From<&str> for Attribute {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Attribute {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<u64> for Attribute {
    fn from(number: u64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Attribute {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

/// An input's attribute form.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attributes(BTreeMap<String, Attribute>);

impl Attributes {
    /// Sets `name`.
    pub fn set(&mut self, name: &str, value: impl Into<Attribute>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Removes `name`.
    pub fn remove(&mut self, name: &str) -> Option<Attribute> {
        self.0.remove(name)
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.0.get(name)
    }

    /// The value of `name` if it is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Attribute::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The value of `name` if it is a number.
    pub fn integer(&self, name: &str) -> Option<u64> {
        match self.0.get(name) {
            Some(Attribute::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    /// Whether `name` is set to true.
    pub fn is_true(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Attribute::Boolean(true)))
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Attribute)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// As JSON.
    pub fn to_json(&self) -> Value {
        let value = |attribute: &Attribute| match attribute {
            Attribute::String(text) => Value::from(text.as_str()),
            Attribute::Integer(number) => Value::from(*number),
            Attribute::Boolean(truth) => Value::from(*truth),
        };
        Value::Object(
            self.0
                .iter()
                .map(|(name, attribute)| (name.clone(), value(attribute)))
                .collect(),
        )
    }

    /// From JSON, where only strings, whole numbers and truth values may stand, and a list in `publicKeys`.
    pub fn from_json(object: &Map<String, Value>) -> Result<Self, String> {
        let mut attributes = Self::default();
        for (name, value) in object {
            let attribute = match value {
                Value::String(text) => Attribute::String(text.clone()),
                Value::Bool(truth) => Attribute::Boolean(*truth),
                Value::Number(number) => match number.as_u64() {
                    Some(number) => Attribute::Integer(number),
                    None => return Err(format!("'{name}' is not a natural number")),
                },
                // A list of keys stands in locks and addresses as text.
                Value::Array(_) if name == "publicKeys" => Attribute::String(value.to_string()),
                _ => return Err(format!("'{name}' is neither a string, a number nor a Boolean")),
            };
            attributes.0.insert(name.clone(), attribute);
        }
        Ok(attributes)
    }
}

impl<N: Into<String>, V: Into<Attribute>> FromIterator<(N, V)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(items: I) -> Self {
        Self(
            items
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}
