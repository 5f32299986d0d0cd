//! From what was gathered to the derivation in the store: inputs, outputs, hashes and paths.

use nix_formats::{Derivation, Hash, HashAlgorithm, Method, Output, StorePath};

use super::Gatherer;
use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::value::{ContextElement, Value};

impl<'a> Gatherer<'_, 'a> {
    /// Turns what the attributes refer to into inputs.
    pub(super) fn inputs(&mut self) -> Result<(), Error> {
        self.context.sort_unstable();
        self.context.dedup();
        let parse = |path: &str| {
            StorePath::parse_absolute(path).map_err(|error| self.evaluator.outside(error.into()).at(self.pos))
        };
        for element in &self.context {
            match element {
                ContextElement::Path(path) => {
                    self.derivation.input_sources.insert(parse(path)?);
                }
                ContextElement::Output { derivation, output } => {
                    let outputs = self
                        .derivation
                        .input_derivations
                        .entry(parse(derivation)?)
                        .or_default();
                    outputs.insert((*output).to_owned());
                }
                ContextElement::DeepDerivation(derivation) => {
                    deep_inputs(self.evaluator, &mut self.derivation, parse(derivation)?)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Evaluated<'a> {
        let required = |value: &[u8], what: &str| match value.is_empty() {
            true => {
                let message = format!("required attribute '{what}' missing");
                Err(ErrorData::new(ErrorKind::MissingAttribute, message).at(self.pos))
            }
            false => Ok(()),
        };
        required(&self.derivation.builder, "builder")?;
        required(&self.derivation.system, "system")?;
        match self.fixed.hash.take() {
            Some(hash) => self.fixed_output(&hash)?,
            None => {
                for output in &self.outputs {
                    self.derivation.outputs.insert(output.clone(), Output::default());
                    self.derivation
                        .environment
                        .insert(output.as_str().into(), "".into());
                }
            }
        }
        let evaluator = self.evaluator;
        let hash = self
            .derivation
            .fill_output_paths(&mut |input| evaluator.derivation_hash(input))
            .map_err(|error| evaluator.outside(error.into()).at(self.pos))?;
        let outputs: Vec<(String, String)> = self
            .derivation
            .outputs
            .iter()
            .filter_map(|(name, output)| Some((name.clone(), output.path.as_ref()?.to_string())))
            .collect();
        let path = evaluator
            .world
            .add_derivation(self.derivation)
            .map_err(|source| evaluator.outside(source).at(self.pos))?;
        evaluator
            .derivation_hashes
            .borrow_mut()
            .insert(path.clone(), hash);
        Ok(evaluator.derivation_result(&path, &outputs))
    }

    fn fixed_output(&mut self, hash: &str) -> Result<(), Error> {
        if self.outputs.as_slice() != ["out"] {
            let message = "multiple outputs are not supported in fixed-output derivations";
            return Err(ErrorData::new(ErrorKind::Other, message).at(self.pos));
        }
        let outside = |error: nix_formats::hash::HashError| self.evaluator.outside(error.into()).at(self.pos);
        // As in Nix, a name that means nothing counts as none.
        let algorithm: Option<HashAlgorithm> =
            self.fixed.algorithm.as_deref().and_then(|name| name.parse().ok());
        let hash = match (hash, algorithm) {
            ("", None) => {
                let message = "empty hash requires explicit hash algorithm";
                return Err(ErrorData::new(ErrorKind::Other, message).at(self.pos));
            }
            ("", Some(algorithm)) => {
                // An empty hash stands for one that is not known yet: zeros, and a mismatch that tells the right one.
                self.evaluator.world.warn(&format!(
                    "found empty hash, assuming '{}'",
                    zeros(algorithm).to_sri()
                ));
                zeros(algorithm)
            }
            _ => Hash::parse_any(hash, algorithm).map_err(outside)?,
        };
        let method = self.fixed.method.unwrap_or(Method::Flat);
        self.derivation
            .outputs
            .insert("out".to_owned(), Output::fixed(method, hash));
        Ok(())
    }
}

fn zeros(algorithm: HashAlgorithm) -> Hash {
    Hash::from_bytes(algorithm, &vec![0; algorithm.size()]).unwrap_or_else(|| Hash::sha256(b""))
}

/// Adds a derivation with everything that it needs, all outputs of each.
fn deep_inputs(
    evaluator: &Evaluator<'_>,
    derivation: &mut Derivation,
    start: StorePath,
) -> Result<(), Error> {
    let mut queue = vec![start];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(path) = queue.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        derivation.input_sources.insert(path.clone());
        if !path.is_derivation() {
            let references = evaluator.world.references(&path);
            queue.extend(references.map_err(|source| evaluator.outside(source))?);
            continue;
        }
        let input = evaluator
            .world
            .read_derivation(&path)
            .map_err(|source| evaluator.outside(source))?;
        let outputs = derivation.input_derivations.entry(path).or_default();
        outputs.extend(input.outputs.keys().cloned());
        queue.extend(input.input_derivations.keys().cloned());
        queue.extend(input.input_sources.iter().cloned());
    }
    Ok(())
}

impl<'a> Evaluator<'a> {
    /// What stands for a derivation where another one takes it in.
    fn derivation_hash(&self, path: &StorePath) -> Option<Hash> {
        if let Some(hash) = self.derivation_hashes.borrow().get(path) {
            return Some(*hash);
        }
        let derivation = self.world.read_derivation(path).ok()?;
        let hash = derivation
            .hash_modulo(&mut |input| self.derivation_hash(input))
            .ok()?;
        self.derivation_hashes.borrow_mut().insert(path.clone(), hash);
        Some(hash)
    }

    /// `{ drvPath, <output> }`
    fn derivation_result(&self, path: &StorePath, outputs: &[(String, String)]) -> Value<'a> {
        let drv_path: &'a str = self.arena.alloc_str(&path.to_string());
        let deep = self
            .arena
            .alloc_slice_copy(&[ContextElement::DeepDerivation(drv_path)]);
        let mut attrs = vec![self.attr("drvPath", Value::String(self.text(drv_path.as_bytes(), deep)))];
        for (output, output_path) in outputs {
            let name: &'a str = self.arena.alloc_str(output);
            let element = ContextElement::Output {
                derivation: drv_path,
                output: name,
            };
            let context = self.arena.alloc_slice_copy(&[element]);
            attrs.push(self.attr(output, Value::String(self.text(output_path.as_bytes(), context))));
        }
        self.attrs(attrs)
    }
}
