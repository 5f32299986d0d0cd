//! `derivationStrict`: from a set of attributes to a derivation in the store.

mod finish;

use std::collections::BTreeMap;

use nix_formats::store_path;
use nix_formats::{Derivation, Method};
use serde_json::Value as Json;

use crate::coerce::{Coercion, TextBuilder};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::pure::json;
use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::value::{Attrs, ContextElement, Thunk, Value};

pub(super) fn placeholder<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let output = evaluator.force_plain(arguments[0], pos)?;
    Ok(evaluator.string(&store_path::placeholder(output)))
}

pub(super) fn output_of<'a>(_: &Evaluator<'a>, _: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let message =
        "'builtins.outputOf' needs the experimental feature 'dynamic-derivations', which is not there";
    Err(ErrorData::new(ErrorKind::Other, message).at(pos))
}

pub(super) fn derivation_strict<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let attrs = evaluator.force_attrs(arguments[0], pos)?;
    let name_attr = attrs
        .get(Symbol::NAME)
        .ok_or_else(|| evaluator.missing_attribute(Symbol::NAME, attrs).at(pos))?;
    let name = evaluator
        .force_plain(name_attr.value, name_attr.pos)
        .map_err(|error| {
            error.during(pos, || {
                "while evaluating the `name` attribute passed to builtins.derivationStrict".to_owned()
            })
        })?;
    let gathered = Gatherer::new(evaluator, name, pos).and_then(|gatherer| gatherer.run(attrs));
    gathered.map_err(|error| error.during(name_attr.pos, || format!("while evaluating derivation '{name}'")))
}

/// The attributes that say what a fixed output is.
#[derive(Default)]
struct FixedOutput {
    hash: Option<String>,
    algorithm: Option<String>,
    method: Option<Method>,
}

struct Gatherer<'e, 'a> {
    evaluator: &'e Evaluator<'a>,
    pos: Pos,
    derivation: Derivation,
    outputs: Vec<String>,
    fixed: FixedOutput,
    /// All attributes as JSON where `__structuredAttrs` asks for it.
    structured: Option<TextBuilder<'a>>,
    /// Keys and values of the structured attributes in the order of names.
    members: BTreeMap<String, Vec<u8>>,
    ignore_nulls: bool,
    context: Vec<ContextElement<'a>>,
}

/// What is wrong with a name that a store path cannot have.
fn name_fault(name: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "+-._?=".contains(letter);
    match name.chars().find(|letter| !allowed(*letter)) {
        Some(letter) => format!("name '{name}' contains illegal character '{letter}'"),
        None if name.is_empty() => "name must not be empty".to_owned(),
        None if name.starts_with(".-") || name.starts_with("..-") => {
            let first = name.split('-').next().unwrap_or_default();
            format!("name '{name}' is not valid: first dash-separated component must not be '{first}'")
        }
        None if name.starts_with('.') => format!("name '{name}' is not valid"),
        None => format!("name '{name}' must be no longer than 211 characters"),
    }
}

impl<'e, 'a> Gatherer<'e, 'a> {
    fn new(evaluator: &'e Evaluator<'a>, name: &str, pos: Pos) -> Result<Self, Error> {
        if name.ends_with(".drv") {
            let message =
                "derivation names are allowed to end in '.drv' only if they produce a single derivation file";
            return Err(ErrorData::new(ErrorKind::Other, message).at(pos));
        }
        store_path::check_name(name).map_err(|_| {
            let reason = name_fault(name);
            let message = format!("invalid derivation name: {reason}. Please pass a different 'name'.");
            ErrorData::new(ErrorKind::Other, message).at(pos)
        })?;
        Ok(Self {
            evaluator,
            pos,
            derivation: Derivation {
                name: name.to_owned(),
                ..Derivation::default()
            },
            outputs: vec!["out".to_owned()],
            fixed: FixedOutput::default(),
            structured: None,
            members: BTreeMap::new(),
            ignore_nulls: false,
            context: Vec::new(),
        })
    }

    fn flag(&self, attrs: &'a Attrs<'a>, name: &str) -> Result<bool, Error> {
        match attrs.get(self.evaluator.symbol(name)) {
            Some(attr) => self.evaluator.force_bool(attr.value, attr.pos),
            None => Ok(false),
        }
    }

    fn run(mut self, attrs: &'a Attrs<'a>) -> Evaluated<'a> {
        if self.flag(attrs, "__structuredAttrs")? {
            self.structured = Some(TextBuilder::new());
        }
        self.ignore_nulls = self.flag(attrs, "__ignoreNulls")?;
        for attr in self.evaluator.by_name(attrs) {
            let name = self.evaluator.name(attr.name);
            self.attribute(name, attr.value, attr.pos).map_err(|error| {
                let drv = &self.derivation.name;
                error.during(attr.pos, || {
                    format!("while evaluating attribute '{name}' of derivation '{drv}'")
                })
            })?;
        }
        self.finish_structured();
        self.inputs()?;
        self.finish()
    }

    fn attribute(&mut self, name: &str, thunk: &'a Thunk<'a>, pos: Pos) -> Result<(), Error> {
        if name == "__ignoreNulls" {
            return Ok(());
        }
        if self.ignore_nulls && matches!(self.evaluator.force(thunk)?, Value::Null) {
            return Ok(());
        }
        match name {
            "__contentAddressed" => return self.unsupported(thunk, "ca-derivations", pos),
            "__impure" => return self.unsupported(thunk, "impure-derivations", pos),
            "args" => return self.arguments(thunk, pos),
            _ => {}
        }
        match self.structured.is_some() {
            true => self.structured_attribute(name, thunk, pos),
            false => self.plain_attribute(name, thunk, pos),
        }
    }

    /// A flag that must be false; then nothing of it reaches the derivation.
    fn unsupported(&self, flag: &'a Thunk<'a>, feature: &str, pos: Pos) -> Result<(), Error> {
        if !self.evaluator.force_bool(flag, pos)? {
            return Ok(());
        }
        let message = format!("experimental Nix feature '{feature}' is disabled; it is not supported here");
        Err(ErrorData::new(ErrorKind::Other, message).at(pos))
    }

    fn arguments(&mut self, thunk: &'a Thunk<'a>, pos: Pos) -> Result<(), Error> {
        for argument in self.evaluator.force_list(thunk, pos)? {
            let text = self.text(argument, pos)?;
            self.derivation.arguments.push(text.into());
        }
        Ok(())
    }

    /// The attribute as a string; what it refers to becomes an input.
    fn text(&mut self, thunk: &'a Thunk<'a>, pos: Pos) -> Result<Vec<u8>, Error> {
        let value = self.evaluator.coerce_thunk(
            thunk,
            Coercion {
                more: true,
                copy: true,
            },
            pos,
        )?;
        let text = self.evaluator.as_text(value, pos)?;
        self.context.extend_from_slice(text.context);
        Ok(text.bytes.to_vec())
    }

    fn plain_attribute(&mut self, name: &str, thunk: &'a Thunk<'a>, pos: Pos) -> Result<(), Error> {
        let value = self.text(thunk, pos)?;
        let shown = || String::from_utf8_lossy(&value).into_owned();
        match name {
            "builder" => self.derivation.builder = value.clone().into(),
            "system" => self.derivation.system = value.clone().into(),
            "outputHash" => self.fixed.hash = Some(shown()),
            "outputHashAlgo" => self.fixed.algorithm = Some(shown()),
            "outputHashMode" => self.fixed.method = Some(method_of(&shown(), pos)?),
            "__json" => return self.json(&value, pos),
            "outputs" => {
                let names: Vec<String> = shown().split_ascii_whitespace().map(str::to_owned).collect();
                self.set_outputs(names, pos)?;
            }
            _ => {}
        }
        self.derivation.environment.insert(name.into(), value.into());
        Ok(())
    }

    fn structured_attribute(&mut self, name: &str, thunk: &'a Thunk<'a>, pos: Pos) -> Result<(), Error> {
        if name == "__structuredAttrs" {
            return Ok(());
        }
        let mut text = TextBuilder::new();
        self.evaluator.write_json(thunk, &mut text, pos)?;
        let (bytes, context) = text.into_parts();
        self.context.extend_from_slice(&context);
        self.members.insert(name.to_owned(), bytes);
        match name {
            "builder" => {
                let builder = self.evaluator.force_text(thunk, pos)?;
                self.context.extend_from_slice(builder.context);
                self.derivation.builder = builder.bytes.to_vec().into();
            }
            "system" => {
                let system = self.evaluator.force_plain(thunk, pos)?;
                self.derivation.system = system.as_bytes().to_vec().into();
            }
            "outputHash" => self.fixed.hash = Some(self.plain(thunk, pos)?),
            "outputHashAlgo" => self.fixed.algorithm = Some(self.plain(thunk, pos)?),
            "outputHashMode" => self.fixed.method = Some(method_of(&self.plain(thunk, pos)?, pos)?),
            "outputs" => {
                let mut names = Vec::new();
                for output in self.evaluator.force_list(thunk, pos)? {
                    names.push(self.plain(output, pos)?);
                }
                self.set_outputs(names, pos)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Structured attributes of old, given as text; Nix writes them anew.
    fn json(&mut self, text: &[u8], pos: Pos) -> Result<(), Error> {
        let failed = |reason: String| {
            let message = format!("cannot process __json attribute: {reason}");
            ErrorData::new(ErrorKind::Other, message).at(pos)
        };
        let parsed = json::parse(text).map_err(|error| failed(error.to_string()))?;
        if !parsed.is_object() {
            return Err(failed("it is not an object".to_owned()));
        }
        let mut written = TextBuilder::new();
        let value = self.evaluator.done(self.evaluator.value_of_json(&parsed));
        self.evaluator.write_json(value, &mut written, pos)?;
        let bytes = written.bytes().to_vec();
        self.derivation.environment.insert("__json".into(), bytes.into());
        Ok(())
    }

    fn plain(&self, thunk: &'a Thunk<'a>, pos: Pos) -> Result<String, Error> {
        Ok(String::from_utf8_lossy(self.evaluator.force_text(thunk, pos)?.bytes).into_owned())
    }

    fn set_outputs(&mut self, names: Vec<String>, pos: Pos) -> Result<(), Error> {
        for (index, name) in names.iter().enumerate() {
            let message = match name.as_str() {
                _ if names[..index].contains(name) => format!("duplicate derivation output '{name}'"),
                "drvPath" => format!("invalid derivation output name '{name}'"),
                _ => continue,
            };
            return Err(ErrorData::new(ErrorKind::Other, message).at(pos));
        }
        if names.is_empty() {
            let message = "derivation cannot have an empty set of outputs";
            return Err(ErrorData::new(ErrorKind::Other, message).at(pos));
        }
        self.outputs = names;
        Ok(())
    }

    fn finish_structured(&mut self) {
        if self.structured.is_none() {
            return;
        }
        let mut text = vec![b'{'];
        for (index, (name, value)) in self.members.iter().enumerate() {
            if index > 0 {
                text.push(b',');
            }
            text.extend_from_slice(Json::from(name.as_str()).to_string().as_bytes());
            text.push(b':');
            text.extend_from_slice(value);
        }
        text.push(b'}');
        self.derivation.environment.insert("__json".into(), text.into());
    }
}

/// How the output is hashed, from `outputHashMode`.
fn method_of(mode: &str, pos: Pos) -> Result<Method, Error> {
    match mode {
        "flat" => Ok(Method::Flat),
        "recursive" | "nar" => Ok(Method::Nar),
        "text" => Ok(Method::Text),
        other => {
            let message = format!("invalid value '{other}' for 'outputHashMode' attribute");
            Err(ErrorData::new(ErrorKind::Other, message).at(pos))
        }
    }
}
