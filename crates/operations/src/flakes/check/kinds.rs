//! What each kind of output must be.

use nix_formats::StorePath;
use nix_lang::{Member, Pos, Thunk, Type, Value};
use serde::Deserialize;

use super::WithoutEffect;
use super::outputs::{Checker, Kind, below, wrong};
use crate::Error;
use crate::evaluate::{Failure, Found, follow, print_attribute_path};

/// What a machine is made of.
const TOPLEVEL: [&str; 4] = ["config", "system", "build", "toplevel"];

/// The part of `hardpan.report` that is shown.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Report {
    no_meaning: Vec<WithoutEffect>,
}

impl<'a> Checker<'_, 'a> {
    pub(super) fn of_kind(
        &mut self,
        kind: Kind,
        path: &[String],
        member: &Member<'a>,
    ) -> Result<(), Failure> {
        match kind {
            Kind::Derivation => self.package(path, member),
            Kind::App => self.app(path, member),
            Kind::Overlay => self.overlay(member),
            Kind::Module => self
                .evaluator()
                .force(member.value)
                .map(|_| ())
                .map_err(Failure::from),
            Kind::Configuration => self.configuration(path, member),
            Kind::Template => self.template(path, member),
            Kind::Bundler => match self.evaluator().force(member.value)?.kind() {
                Type::Function => Ok(()),
                _ => Err(wrong("bundler must be a function".to_owned())),
            },
        }
    }

    /// A package; one of `checks` for this system is to be built.
    fn package(&mut self, path: &[String], member: &Member<'a>) -> Result<(), Failure> {
        let shown = print_attribute_path(path);
        let derivation = self.derivation(member.value, &|| format!("flake attribute '{shown}'"))?;
        let is_for_this_system = path
            .get(1)
            .is_some_and(|system| *system == self.session.settings().system);
        if let Some(derivation) = derivation
            && path.first().is_some_and(|output| output == "checks")
            && is_for_this_system
        {
            self.report.checks.insert(shown, derivation);
        }
        Ok(())
    }

    /// The path of what must be a derivation.
    fn derivation(
        &self,
        thunk: &'a Thunk<'a>,
        what: &dyn Fn() -> String,
    ) -> Result<Option<StorePath>, Failure> {
        let evaluator = self.evaluator();
        let value = evaluator.force(thunk)?;
        if !evaluator.is_derivation_value(&value)? {
            return Err(wrong(format!("{} is not a derivation", what())));
        }
        let name = evaluator.attribute(&value, "name");
        let name = name.ok_or_else(|| wrong("derivation name missing".to_owned()))?;
        evaluator.plain_text(name, Pos::NONE)?;
        let Some(path) = evaluator.attribute(&value, "drvPath") else {
            return Ok(None);
        };
        let (text, _) = evaluator.text_of(path)?;
        StorePath::parse_absolute(&text)
            .map(Some)
            .map_err(|error| Error::Usage(error.to_string()).into())
    }

    fn app(&mut self, path: &[String], member: &Member<'a>) -> Result<(), Failure> {
        let evaluator = self.evaluator();
        let shown = print_attribute_path(path);
        let attributes = evaluator.members(member.value, member.pos)?;
        let named = |name: &str| attributes.iter().find(|attribute| attribute.name == name);
        let lacks = |name: &str| wrong(format!("app '{shown}' lacks attribute '{name}'"));
        let kind = named("type").ok_or_else(|| lacks("type"))?;
        evaluator.plain_text(kind.value, kind.pos)?;
        let program = named("program").ok_or_else(|| lacks("program"))?;
        evaluator
            .text_of(program.value)
            .map_err(|error| error.at(program.pos))?;
        let missing = match named("meta") {
            None => Some("meta"),
            Some(meta) => {
                let meta = evaluator.members(meta.value, meta.pos)?;
                let description = meta.iter().find(|attribute| attribute.name == "description");
                let text = description.map(|text| evaluator.plain_text(text.value, text.pos));
                text.transpose()?.is_none().then_some("meta.description")
            }
        };
        if let Some(missing) = missing {
            self.session
                .warn(&format!("app '{shown}' lacks attribute '{missing}'"));
        }
        only(
            &attributes,
            &["type", "program", "meta"],
            &format!("app '{shown}'"),
        )
    }

    /// A function of two arguments, the first called `final`.
    fn overlay(&mut self, member: &Member<'a>) -> Result<(), Failure> {
        let evaluator = self.evaluator();
        let overlay = evaluator.force(member.value)?;
        if !matches!(overlay, Value::Closure(_)) {
            let kind = overlay.kind().described();
            return Err(wrong(format!("overlay is not a function, but {kind} instead")));
        }
        let is_final = |name: &str| matches!(name, "final" | "_" | "_final");
        if !evaluator.argument_name(&overlay).is_some_and(is_final) {
            return Err(wrong(
                "overlay does not take an argument named 'final'".to_owned(),
            ));
        }
        match evaluator.call_blindly(overlay) {
            Some(value) if value.kind() != Type::Function => Err(wrong(
                "overlay is not a function with two arguments, but only takes one".to_owned(),
            )),
            _ => Ok(()),
        }
    }

    /// A machine; what it sets without effect is noted.
    fn configuration(&mut self, path: &[String], member: &Member<'a>) -> Result<(), Failure> {
        let shown = TOPLEVEL.join(".");
        let toplevel = match self.inside(member.value, &TOPLEVEL)? {
            Found::Value(toplevel) => toplevel,
            Found::Missing { name, inside } if inside.kind() == Type::Attrs => {
                let message = format!("attribute '{name}' in selection path '{shown}' not found");
                return Err(wrong(message));
            }
            Found::Missing { name, inside } => return Err(self.evaluator().missing(&inside, &name).into()),
        };
        self.derivation(toplevel, &|| format!("attribute '{shown}'"))?;
        if let Found::Value(report) = self.inside(member.value, &["config", "hardpan", "report"])? {
            let (json, _) = self.evaluator().json_of(report)?;
            let report: Report = serde_json::from_value(json).unwrap_or_default();
            if !report.no_meaning.is_empty() {
                let name = print_attribute_path(path);
                self.report.without_effect.insert(name, report.no_meaning);
            }
        }
        Ok(())
    }

    fn inside(&self, start: &'a Thunk<'a>, path: &[&str]) -> Result<Found<'a>, Failure> {
        let names: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
        Ok(follow(self.evaluator(), start, &names, &Ok)?)
    }

    fn template(&mut self, path: &[String], member: &Member<'a>) -> Result<(), Failure> {
        let evaluator = self.evaluator();
        let what = format!("template '{}'", print_attribute_path(path));
        let attributes = evaluator.members(member.value, member.pos)?;
        let named = |name: &str| {
            let found = attributes.iter().find(|attribute| attribute.name == name);
            found.ok_or_else(|| wrong(format!("{what} lacks attribute '{name}'")))
        };
        let folder = named("path")?;
        if !evaluator
            .path_exists(folder.value)
            .map_err(|error| error.at(folder.pos))?
        {
            let shown = evaluator.shown_plainly(&evaluator.force(folder.value)?);
            return Err(wrong(format!("{what} refers to a non-existent path '{shown}'")));
        }
        let description = named("description")?;
        evaluator.plain_text(description.value, description.pos)?;
        only(&attributes, &["path", "description", "welcomeText"], &what)
    }

    /// A tree of sets whose leaves are derivations.
    pub(super) fn jobs(&mut self, path: &[String], set: &'a Thunk<'a>, pos: Pos) -> Result<(), Failure> {
        let doing = || format!("while checking the Hydra jobset '{}'", print_attribute_path(path));
        let looked = self.attempt(pos, doing, |checker| {
            let jobs = checker.evaluator().members(set, pos)?;
            if checker.is_derivation(set)? {
                return Err(wrong("jobset should not be a derivation at top-level".to_owned()));
            }
            for job in jobs {
                checker.evaluator().members(job.value, job.pos)?;
                match checker.is_derivation(job.value)? {
                    true => checker.one(Kind::Derivation, &below(path, job.name), &job)?,
                    false => checker.jobs(&below(path, job.name), job.value, job.pos)?,
                }
            }
            Ok(())
        });
        looked.map(drop)
    }

    fn is_derivation(&self, thunk: &'a Thunk<'a>) -> Result<bool, Failure> {
        let value = self.evaluator().force(thunk)?;
        Ok(self.evaluator().is_derivation_value(&value)?)
    }
}

/// Refuses attributes that mean nothing.
fn only(attributes: &[Member<'_>], known: &[&str], what: &str) -> Result<(), Failure> {
    match attributes
        .iter()
        .find(|attribute| !known.contains(&attribute.name))
    {
        Some(Member { name, .. }) => Err(wrong(format!("{what} has unsupported attribute '{name}'"))),
        None => Ok(()),
    }
}
