//! Lists what a flake provides.

use std::sync::Arc;

use flake::FlakeReference;
use nix_lang::{Thunk, Type, Value as NixValue};
use serde_json::{Map, Value, json};

use crate::evaluate::{Derivations, Evaluation, Failure, Stage, evaluate};
use crate::{Error, LockOptions, Session};

/// One output, or a set of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Outputs by name.
    Set(Vec<(String, Output)>),
    /// A derivation, with its name.
    Derivation(String),
    /// Something else that is known by where it stands, or its type.
    Other {
        /// One word for machines.
        kind: &'static str,
        /// For people.
        text: String,
    },
    /// Not looked at: another system, or too large.
    Omitted,
}

/// Lists what a flake provides.
pub fn show(
    session: &Session,
    reference: &FlakeReference,
    options: &LockOptions,
) -> Result<(String, Output), Error> {
    let store = session.store()?;
    let evaluation = Evaluation::of_flake(reference.clone(), options.clone());
    let system = session.settings().system.clone();
    evaluate(
        session,
        store,
        &Arc::new(Derivations::new(store)),
        &evaluation,
        |stage| {
            let root = stage.evaluator.force(stage.root)?;
            let outputs = stage.evaluator.attribute(&root, "outputs");
            let outputs = outputs.map_or(Ok(root), |outputs| stage.evaluator.force(outputs))?;
            let url = stage
                .locked
                .map(|locked| locked.flake.locked.to_string())
                .unwrap_or_default();
            let mut listed = Vec::new();
            for (name, thunk) in stage.evaluator.attributes(&outputs) {
                listed.push((name.to_owned(), top(stage, name, thunk, &system)?));
            }
            Ok((url, Output::Set(listed)))
        },
    )
}

fn top<'a>(stage: &Stage<'_, 'a>, name: &str, thunk: &'a Thunk<'a>, system: &str) -> Result<Output, Failure> {
    match name {
        "packages" | "checks" | "devShells" => by_system(stage, thunk, system, true),
        "formatter" | "defaultPackage" | "devShell" => by_system(stage, thunk, system, false),
        "legacyPackages" => by_system_omitted(stage, thunk),
        "nixosConfigurations" => named(stage, thunk, "nixos-configuration", "NixOS configuration"),
        "nixosModules" => named(stage, thunk, "nixos-module", "NixOS module"),
        "overlays" => named(stage, thunk, "nixpkgs-overlay", "Nixpkgs overlay"),
        "templates" => templates(stage, thunk),
        _ => other(stage, thunk),
    }
}

fn members<'a>(
    stage: &Stage<'_, 'a>,
    thunk: &'a Thunk<'a>,
) -> Result<Vec<(&'a str, &'a Thunk<'a>)>, Failure> {
    Ok(stage.evaluator.attributes(&stage.evaluator.force(thunk)?))
}

fn by_system<'a>(
    stage: &Stage<'_, 'a>,
    thunk: &'a Thunk<'a>,
    system: &str,
    has_names: bool,
) -> Result<Output, Failure> {
    let mut systems = Vec::new();
    for (name, thunk) in members(stage, thunk)? {
        let output = match (name == system, has_names) {
            (false, _) => Output::Omitted,
            (true, false) => package(stage, thunk)?,
            (true, true) => {
                let packages = members(stage, thunk)?.into_iter();
                let packages = packages.map(|(name, thunk)| Ok((name.to_owned(), package(stage, thunk)?)));
                Output::Set(packages.collect::<Result<_, Failure>>()?)
            }
        };
        systems.push((name.to_owned(), output));
    }
    Ok(Output::Set(systems))
}

fn by_system_omitted<'a>(stage: &Stage<'_, 'a>, thunk: &'a Thunk<'a>) -> Result<Output, Failure> {
    let systems = members(stage, thunk)?
        .into_iter()
        .map(|(name, _)| (name.to_owned(), Output::Omitted));
    Ok(Output::Set(systems.collect()))
}

fn package<'a>(stage: &Stage<'_, 'a>, thunk: &'a Thunk<'a>) -> Result<Output, Failure> {
    let value = stage.evaluator.force(thunk)?;
    if !stage.evaluator.is_derivation_value(&value)? {
        return Ok(described(&value));
    }
    let name = stage.evaluator.attribute(&value, "name");
    let name = name.map(|name| stage.evaluator.text_of(name)).transpose()?;
    Ok(Output::Derivation(name.map(|(name, _)| name).unwrap_or_default()))
}

fn named<'a>(
    stage: &Stage<'_, 'a>,
    thunk: &'a Thunk<'a>,
    kind: &'static str,
    text: &str,
) -> Result<Output, Failure> {
    let output = |name: &str| {
        (
            name.to_owned(),
            Output::Other {
                kind,
                text: text.to_owned(),
            },
        )
    };
    Ok(Output::Set(
        members(stage, thunk)?
            .into_iter()
            .map(|(name, _)| output(name))
            .collect(),
    ))
}

fn templates<'a>(stage: &Stage<'_, 'a>, thunk: &'a Thunk<'a>) -> Result<Output, Failure> {
    let mut listed = Vec::new();
    for (name, thunk) in members(stage, thunk)? {
        let value = stage.evaluator.force(thunk)?;
        let description = stage.evaluator.attribute(&value, "description");
        let description = description
            .map(|thunk| stage.evaluator.text_of(thunk))
            .transpose()?;
        let text = format!(
            "template: {}",
            description.map(|(text, _)| text).unwrap_or_default()
        );
        listed.push((
            name.to_owned(),
            Output::Other {
                kind: "template",
                text,
            },
        ));
    }
    Ok(Output::Set(listed))
}

fn other<'a>(stage: &Stage<'_, 'a>, thunk: &'a Thunk<'a>) -> Result<Output, Failure> {
    // One broken output must not hide the others.
    let failed = Output::Other {
        kind: "error",
        text: "evaluation fails".to_owned(),
    };
    Ok(stage
        .evaluator
        .force(thunk)
        .map_or(failed, |value| described(&value)))
}

fn described(value: &NixValue<'_>) -> Output {
    let kind = match value.kind() {
        Type::Function => "function",
        Type::Attrs => "set",
        _ => "value",
    };
    Output::Other {
        kind,
        text: value.kind().described().to_owned(),
    }
}

impl Output {
    /// As JSON, much as `nix flake show --json` has it.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Set(members) => {
                let members = members
                    .iter()
                    .map(|(name, output)| (name.clone(), output.to_json()));
                Value::Object(members.collect::<Map<_, _>>())
            }
            Self::Derivation(name) => json!({ "type": "derivation", "name": name }),
            Self::Other { kind, .. } => json!({ "type": kind }),
            Self::Omitted => json!({}),
        }
    }

    /// As a tree of lines.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        self.add_lines("", &mut lines);
        lines
    }

    fn add_lines(&self, indent: &str, lines: &mut Vec<String>) {
        let Self::Set(members) = self else { return };
        for (number, (name, output)) in members.iter().enumerate() {
            let is_last = number + 1 == members.len();
            let branch = if is_last { "└───" } else { "├───" };
            let text = match output {
                Self::Set(_) => String::new(),
                Self::Derivation(name) => format!(": package '{name}'"),
                Self::Other { text, .. } => format!(": {text}"),
                Self::Omitted => " omitted".to_owned(),
            };
            lines.push(format!("{indent}{branch}{name}{text}"));
            output.add_lines(
                &format!("{indent}{}", if is_last { "    " } else { "│   " }),
                lines,
            );
        }
    }
}
