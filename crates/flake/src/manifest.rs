//! What `flake.nix` declares beside its outputs.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use crate::attributes::Attributes;
use crate::input_url::is_flake_id;
use crate::lock_file::parse_input_path;
use crate::{BoxError, FlakeReference, InputPath};

const MAXIMUM_OVERRIDE_DEPTH: usize = 32;

/// An input as `flake.nix` declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputDeclaration {
    /// Where it comes from.
    pub reference: Option<FlakeReference>,
    /// Whether its `flake.nix` is called.
    pub is_flake: bool,
    /// The input, from the root, that it is the same as.
    pub follows: Option<InputPath>,
    /// Declarations for the input's own inputs.
    pub overrides: BTreeMap<String, InputDeclaration>,
}

impl Default for InputDeclaration {
    fn default() -> Self {
        Self {
            reference: None,
            is_flake: true,
            follows: None,
            overrides: BTreeMap::new(),
        }
    }
}

/// What `flake.nix` declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// One line about the flake.
    pub description: Option<String>,
    /// The inputs.
    pub inputs: BTreeMap<String, InputDeclaration>,
    /// The settings it asks for, as JSON.
    pub nix_config: Value,
    /// Whether the tree is to include git submodules (`inputs.self.submodules`).
    pub self_submodules: bool,
}

/// Reads `flake.nix`; the evaluator stands behind it.
pub trait ManifestReader {
    /// Evaluates what `flake_nix` declares without calling its outputs.
    fn manifest(&self, flake_nix: &Path) -> Result<Manifest, BoxError>;
}

impl Manifest {
    /// The expression that turns the value of a `flake.nix` into what [`Manifest::from_json`] reads.
    pub const EXPRESSION: &'static str = r#"
      flake:
      if !builtins.isAttrs flake then throw "file 'flake.nix' must be an attribute set"
      else if !(flake ? outputs) then throw "flake lacks attribute 'outputs'"
      else if !builtins.isFunction flake.outputs then throw "attribute 'outputs' of a flake must be a function"
      else let
        known = [ "description" "inputs" "nixConfig" "outputs" ];
        unknown = builtins.filter (name: !builtins.elem name known) (builtins.attrNames flake);
        plain = value:
          if builtins.isPath value then toString value
          else if builtins.isAttrs value then builtins.mapAttrs (_: plain) value
          else if builtins.isList value then map plain value
          else value;
      in if unknown != [ ] then throw "flake has an unsupported attribute '${builtins.head unknown}'"
      else {
        description = flake.description or null;
        inputs = plain (flake.inputs or { });
        nixConfig = plain (flake.nixConfig or { });
        arguments = builtins.attrNames (builtins.functionArgs flake.outputs);
      }
    "#;

    /// Reads the declarations. An argument of `outputs` that no input declares is looked for in the registries.
    pub fn from_json(value: &Value) -> Result<Self, String> {
        let mut manifest = Self {
            description: value["description"].as_str().map(str::to_owned),
            nix_config: value["nixConfig"].clone(),
            ..Self::default()
        };
        let empty = Map::new();
        for (name, declared) in value["inputs"].as_object().unwrap_or(&empty) {
            if name == "self" {
                manifest.self_submodules = declared["submodules"].as_bool().unwrap_or(false);
                continue;
            }
            let declaration =
                read_input(name, declared, 0).map_err(|reason| format!("input '{name}': {reason}"))?;
            manifest.inputs.insert(name.clone(), declaration);
        }
        let arguments = value["arguments"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        for name in arguments.filter(|name| *name != "self") {
            if !manifest.inputs.contains_key(name) {
                manifest
                    .inputs
                    .insert(name.to_owned(), InputDeclaration::default());
            }
        }
        for (name, input) in &mut manifest.inputs {
            if input.reference.is_none() && input.follows.is_none() {
                input.reference = Some(FlakeReference::parse(name).map_err(|error| error.to_string())?);
            }
        }
        Ok(manifest)
    }
}

impl Manifest {
    /// The inputs, with what they follow counted from the root: a flake counts from itself, which is at `path`.
    pub fn inputs_below(&self, path: &[String]) -> BTreeMap<String, InputDeclaration> {
        let below = |(name, input): (&String, &InputDeclaration)| (name.clone(), input.below(path));
        self.inputs.iter().map(below).collect()
    }
}

impl InputDeclaration {
    fn below(&self, path: &[String]) -> Self {
        let absolute = |target: &InputPath| path.iter().chain(target).cloned().collect();
        let below = |(name, input): (&String, &Self)| (name.clone(), input.below(path));
        Self {
            reference: self.reference.clone(),
            is_flake: self.is_flake,
            follows: self.follows.as_ref().map(absolute),
            overrides: self.overrides.iter().map(below).collect(),
        }
    }
}

fn read_input(name: &str, value: &Value, depth: usize) -> Result<InputDeclaration, String> {
    if !is_flake_id(name) {
        return Err(format!("'{name}' is not the name of an input"));
    }
    if depth > MAXIMUM_OVERRIDE_DEPTH {
        return Err("its overrides are nested too deeply".to_owned());
    }
    let object = value.as_object().ok_or("it is not an attribute set")?;
    let mut declaration = InputDeclaration::default();
    let mut attributes = Map::new();
    let mut url = None;
    for (key, value) in object {
        match key.as_str() {
            "url" => url = Some(value.as_str().ok_or("'url' is not a string")?),
            "flake" => declaration.is_flake = value.as_bool().ok_or("'flake' is not a Boolean")?,
            "follows" => {
                let path = value.as_str().ok_or("'follows' is not a string")?;
                declaration.follows = Some(parse_input_path(path).map_err(|error| error.to_string())?);
            }
            "inputs" => {
                for (name, value) in value.as_object().ok_or("'inputs' is not an attribute set")? {
                    let nested = read_input(name, value, depth + 1)?;
                    declaration.overrides.insert(name.clone(), nested);
                }
            }
            _ => {
                attributes.insert(key.clone(), value.clone());
            }
        }
    }
    declaration.reference = read_reference(url, attributes)?;
    declaration.is_flake &= !declaration
        .reference
        .as_ref()
        .is_some_and(FlakeReference::is_data);
    Ok(declaration)
}

fn read_reference(
    url: Option<&str>,
    mut attributes: Map<String, Value>,
) -> Result<Option<FlakeReference>, String> {
    if attributes.contains_key("type") {
        if let Some(url) = url {
            attributes.insert("url".to_owned(), Value::from(url));
        }
        let attributes = Attributes::from_json(&attributes)?;
        return FlakeReference::from_attributes(attributes)
            .map(Some)
            .map_err(|error| error.to_string());
    }
    if let Some(name) = attributes.keys().next() {
        return Err(format!("unexpected flake input attribute '{name}'"));
    }
    url.map(FlakeReference::parse)
        .transpose()
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn declarations_are_read_with_overrides_and_follows() {
        let manifest = Manifest::from_json(&json!({
            "description": "d",
            "inputs": {
                "a": { "url": "path:/a", "inputs": { "b": { "follows": "c" } } },
                "c": { "type": "path", "path": "/c", "flake": false },
            },
            "arguments": ["self", "a", "c", "nixpkgs"],
        }))
        .expect("the declarations are sound");
        assert_eq!(manifest.inputs.keys().collect::<Vec<_>>(), ["a", "c", "nixpkgs"]);
        assert_eq!(
            manifest.inputs["a"].overrides["b"].follows,
            Some(vec!["c".to_owned()])
        );
        assert!(!manifest.inputs["c"].is_flake);
        let nixpkgs = manifest.inputs["nixpkgs"]
            .reference
            .as_ref()
            .expect("it has a reference");
        assert_eq!(nixpkgs.to_string(), "flake:nixpkgs");
    }

    #[test]
    fn wrong_declarations_are_refused() {
        let table = [
            json!({ "a": 1 }),
            json!({ "a": { "url": 1 } }),
            json!({ "a": { "url": "/a", "x": "y" } }),
            json!({ "a b": { "url": "/a" } }),
            json!({ "a": { "type": "path" } }),
        ];
        for inputs in table {
            assert!(
                Manifest::from_json(&json!({ "inputs": inputs })).is_err(),
                "{inputs}"
            );
        }
    }
}
