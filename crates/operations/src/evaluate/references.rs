//! Flake references as Nix code sees them.

use flake::{Attributes, FlakeReference};
use nix_lang::WorldError;
use serde_json::Value;

/// `builtins.parseFlakeRef`
pub(super) fn parse(text: &Value) -> Result<Value, WorldError> {
    let text = text.as_str().ok_or("a flake reference is a string")?;
    Ok(FlakeReference::parse(text)?.to_attributes().to_json())
}

/// `builtins.flakeRefToString`
pub(super) fn print(attributes: &Value) -> Result<Value, WorldError> {
    let object = attributes
        .as_object()
        .ok_or("the attributes of a flake reference are a set")?;
    let reference = FlakeReference::from_attributes(Attributes::from_json(object)?)?;
    Ok(Value::from(reference.to_string()))
}
