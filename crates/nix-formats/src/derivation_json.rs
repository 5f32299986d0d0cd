//! The JSON form of derivations, as `nix derivation show` prints it.

use serde_json::{Map, Value, json};

use crate::derivation::{Derivation, Output};

impl Derivation {
    /// The value that stands for this derivation in the output of `nix derivation show`.
    /// Bytes that are not UTF-8 are shown as replacement characters.
    pub fn to_json(&self) -> Value {
        let outputs: Map<String, Value> = self
            .outputs
            .iter()
            .map(|(name, output)| (name.clone(), output_json(output)))
            .collect();
        let inputs: Map<String, Value> = self
            .input_derivations
            .iter()
            .map(|(path, outputs)| {
                (
                    path.to_string(),
                    json!({ "dynamicOutputs": {}, "outputs": outputs }),
                )
            })
            .collect();
        let environment: Map<String, Value> = self
            .environment
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string().into()))
            .collect();
        json!({
            "args": self.arguments.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "builder": self.builder.to_string(),
            "env": environment,
            "inputDrvs": inputs,
            "inputSrcs": self.input_sources.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "name": self.name,
            "outputs": outputs,
            "system": self.system.to_string(),
        })
    }
}

fn output_json(output: &Output) -> Value {
    let mut fields = Map::new();
    if let Some(fixed) = &output.fixed {
        fields.insert("hash".to_owned(), fixed.hash.to_base16().into());
        fields.insert("hashAlgo".to_owned(), fixed.hash.algorithm().name().into());
        fields.insert("method".to_owned(), fixed.method.name().into());
    }
    if let Some(path) = &output.path {
        fields.insert("path".to_owned(), path.to_string().into());
    }
    Value::Object(fields)
}
