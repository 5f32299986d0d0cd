//! A build step as a value: what it takes in, what it runs, what comes out and where.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BStr, BString, ByteSlice as _};

use crate::aterm::{self, AtermError, InputKey};
use crate::content_address::{ContentAddress, Method};
use crate::hash::{Hash, HashAlgorithm};
use crate::store_path::{self, StorePath, StorePathError};

/// The system of derivations that are built inside the builder process.
pub const BUILTIN_SYSTEM: &str = "builtin";

/// One output of a derivation.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Output {
    /// Where it goes; nothing until `Derivation::fill_output_paths` has run.
    pub path: Option<StorePath>,
    /// Known beforehand for a fixed output.
    pub fixed: Option<ContentAddress>,
}

/// A build step.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Derivation {
    /// The name, without hash and `.drv`.
    pub name: String,
    /// Outputs by name.
    pub outputs: BTreeMap<String, Output>,
    /// Derivations whose outputs are needed, and which of them.
    pub input_derivations: BTreeMap<StorePath, BTreeSet<String>>,
    /// Paths needed that are not built.
    pub input_sources: BTreeSet<StorePath>,
    /// Where it can be built, such as `x86_64-linux` or `builtin`.
    pub system: BString,
    /// The program to run, or the name of a built-in builder.
    pub builder: BString,
    /// The program's arguments.
    pub arguments: Vec<BString>,
    /// The program's environment.
    pub environment: BTreeMap<BString, BString>,
}

/// Why a derivation cannot be read or its paths not be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DerivationError {
    /// The text is not a derivation.
    #[error("derivation '{name}' cannot be read")]
    Parse {
        /// The derivation's name.
        name: String,
        /// What is wrong with the text.
        #[source]
        source: AtermError,
    },
    /// A path is not valid.
    #[error(transparent)]
    Path(#[from] StorePathError),
    /// An input derivation is not known to the caller.
    #[error("derivation '{name}' has the input '{input}', which is not known")]
    UnknownInput {
        /// The derivation's name.
        name: String,
        /// The input.
        input: StorePath,
    },
    /// An output has no path yet.
    #[error("output '{output}' of derivation '{name}' has no path yet")]
    NoOutputPath {
        /// The derivation's name.
        name: String,
        /// The output.
        output: String,
    },
    /// An output has a path that belongs to something else.
    #[error("derivation '{name}' has incorrect output '{found}', should be '{expected}'")]
    WrongOutput {
        /// The derivation's name.
        name: String,
        /// The path that it claims, or nothing.
        found: String,
        /// The path that follows from the derivation.
        expected: StorePath,
    },
    /// The builder would be told a path that belongs to something else.
    #[error("derivation '{name}' has incorrect environment variable '{output}', should be '{expected}'")]
    WrongVariable {
        /// The derivation's name.
        name: String,
        /// The variable, which is called as the output.
        output: String,
        /// The path that follows from the derivation.
        expected: StorePath,
    },
}

impl Derivation {
    /// Reads the contents of a `.drv` file; `name` is its store path's name without `.drv`.
    pub fn parse_aterm(text: &[u8], name: &str) -> Result<Self, DerivationError> {
        aterm::parse(text, name).map_err(|source| DerivationError::Parse {
            name: name.to_owned(),
            source,
        })
    }

    /// The contents of the `.drv` file.
    pub fn to_aterm(&self) -> Vec<u8> {
        let inputs = self
            .input_derivations
            .iter()
            .map(|(path, outputs)| (InputKey::Path(path), outputs));
        aterm::print(self, inputs.collect(), false)
    }

    /// The value of an environment variable.
    pub fn env(&self, name: &str) -> Option<&BStr> {
        self.environment
            .get(name.as_bytes().as_bstr())
            .map(|value| value.as_bstr())
    }

    /// The value of an environment variable, if it is set and text.
    pub fn env_str(&self, name: &str) -> Option<&str> {
        self.env(name).and_then(|value| value.to_str().ok())
    }

    /// Whether it is built inside the builder process.
    pub fn is_builtin(&self) -> bool {
        self.builder.starts_with(b"builtin:")
    }

    /// The content that its only output must have, if that is known beforehand.
    pub fn fixed_output(&self) -> Option<&ContentAddress> {
        match self.outputs.iter().next() {
            Some((name, output)) if self.outputs.len() == 1 && name == "out" => output.fixed.as_ref(),
            _ => None,
        }
    }

    /// The store path of the derivation itself.
    pub fn path(&self) -> Result<StorePath, DerivationError> {
        let file_name = format!("{}.drv", self.name);
        Ok(store_path::text_path(
            &file_name,
            &self.to_aterm(),
            &self.references(),
        )?)
    }

    /// What the `.drv` file refers to: its input derivations and sources.
    pub fn references(&self) -> BTreeSet<StorePath> {
        self.input_derivations
            .keys()
            .chain(&self.input_sources)
            .cloned()
            .collect()
    }

    /// The path of output `output`, if the derivation has it and it is filled in.
    pub fn output_path(&self, output: &str) -> Option<&StorePath> {
        self.outputs.get(output).and_then(|output| output.path.as_ref())
    }

    /// The hash that stands for this derivation where another one takes it in: of a fixed output only what it is,
    /// of others the text with each input derivation replaced by its own such hash. `lookup` gives that of an
    /// input; memoising is its business.
    pub fn hash_modulo(
        &self,
        lookup: &mut dyn FnMut(&StorePath) -> Option<Hash>,
    ) -> Result<Hash, DerivationError> {
        if let Some(fixed) = self.fixed_output() {
            let path = self
                .output_path("out")
                .ok_or_else(|| self.no_output_path("out"))?;
            let (method, digest) = (fixed.method.prefix(), fixed.hash.to_prefixed_base16());
            return Ok(Hash::sha256(
                format!("fixed:out:{method}{digest}:{path}").as_bytes(),
            ));
        }
        self.hash_of_text(lookup, false)
    }

    /// Computes the paths of all outputs, also in the environment, from everything else; gives the `hash_modulo` of
    /// the finished derivation, for the caller's memo.
    pub fn fill_output_paths(
        &mut self,
        lookup: &mut dyn FnMut(&StorePath) -> Option<Hash>,
    ) -> Result<Hash, DerivationError> {
        for (output_name, path) in self.expected_paths(lookup)? {
            self.environment
                .insert(output_name.as_str().into(), path.to_string().into());
            if let Some(output) = self.outputs.get_mut(&output_name) {
                output.path = Some(path);
            }
        }
        self.hash_modulo(lookup)
    }

    /// Whether the paths of its outputs, also those in the environment, are what follows from everything else: only
    /// then may building it fill them. `lookup` gives the `hash_modulo` of an input.
    pub fn check_output_paths(
        &self,
        lookup: &mut dyn FnMut(&StorePath) -> Option<Hash>,
    ) -> Result<(), DerivationError> {
        for (output, expected) in self.expected_paths(lookup)? {
            let name = self.name.clone();
            let found = self.output_path(&output);
            if found != Some(&expected) {
                let found = found.map(ToString::to_string).unwrap_or_default();
                return Err(DerivationError::WrongOutput {
                    name,
                    found,
                    expected,
                });
            }
            if self.env_str(&output) != Some(expected.to_string().as_str()) {
                return Err(DerivationError::WrongVariable {
                    name,
                    output,
                    expected,
                });
            }
        }
        Ok(())
    }

    /// The paths that its outputs have by their content or by what they are made of.
    fn expected_paths(
        &self,
        lookup: &mut dyn FnMut(&StorePath) -> Option<Hash>,
    ) -> Result<Vec<(String, StorePath)>, DerivationError> {
        let Some(fixed) = self.fixed_output() else {
            return self.input_addressed_paths(lookup);
        };
        let path = store_path::fixed_output_path(&self.name, fixed.method, &fixed.hash, &BTreeSet::new())?;
        Ok(vec![("out".to_owned(), path)])
    }

    fn input_addressed_paths(
        &self,
        lookup: &mut dyn FnMut(&StorePath) -> Option<Hash>,
    ) -> Result<Vec<(String, StorePath)>, DerivationError> {
        let hash = self.hash_of_text(lookup, true)?;
        let path_of = |output: &String| {
            Ok((
                output.clone(),
                store_path::output_path(&self.name, output, &hash)?,
            ))
        };
        self.outputs.keys().map(path_of).collect()
    }

    fn hash_of_text(
        &self,
        lookup: &mut dyn FnMut(&StorePath) -> Option<Hash>,
        mask_outputs: bool,
    ) -> Result<Hash, DerivationError> {
        let mut by_hash: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (input, outputs) in &self.input_derivations {
            let hash = lookup(input).ok_or_else(|| DerivationError::UnknownInput {
                name: self.name.clone(),
                input: input.clone(),
            })?;
            by_hash
                .entry(hash.to_base16())
                .or_default()
                .extend(outputs.iter().cloned());
        }
        let inputs = by_hash
            .iter()
            .map(|(hash, outputs)| (InputKey::Hash(hash), outputs))
            .collect();
        Ok(Hash::sha256(&aterm::print(self, inputs, mask_outputs)))
    }

    fn no_output_path(&self, output: &str) -> DerivationError {
        DerivationError::NoOutputPath {
            name: self.name.clone(),
            output: output.to_owned(),
        }
    }
}

impl Output {
    /// An output whose content is known by digest.
    pub fn fixed(method: Method, hash: Hash) -> Self {
        Self {
            path: None,
            fixed: Some(ContentAddress { method, hash }),
        }
    }

    pub(crate) fn algorithm_field(&self) -> String {
        self.fixed.map_or_else(String::new, |fixed| {
            format!("{}{}", fixed.method.prefix(), fixed.hash.algorithm())
        })
    }

    pub(crate) fn hash_field(&self) -> String {
        self.fixed
            .map_or_else(String::new, |fixed| fixed.hash.to_base16())
    }

    pub(crate) fn from_fields(path: &str, algorithm: &str, hash: &str) -> Result<Self, String> {
        let path = match path {
            "" => None,
            _ => Some(StorePath::parse_absolute(path).map_err(|error| error.to_string())?),
        };
        if algorithm.is_empty() && hash.is_empty() {
            return Ok(Self { path, fixed: None });
        }
        if hash.is_empty() || hash == "impure" {
            return Err(format!(
                "outputs of hash kind '{algorithm}' without a fixed hash are not supported"
            ));
        }
        let (method, algorithm): (Method, HashAlgorithm) =
            Method::parse_with_algorithm(algorithm).map_err(|error| error.to_string())?;
        let hash = Hash::parse_any(hash, Some(algorithm)).map_err(|error| error.to_string())?;
        Ok(Self {
            path,
            fixed: Some(ContentAddress { method, hash }),
        })
    }
}

#[cfg(test)]
#[path = "derivation_tests.rs"]
mod tests;
