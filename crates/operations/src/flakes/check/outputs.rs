//! The outputs of a flake by their names: which of them hold what, and for which systems.

use nix_lang::{Evaluator, Member, Pos, Thunk};

use super::CheckReport;
use crate::evaluate::{Failure, Stage, print_attribute_path};
use crate::{Error, Session};

/// Outputs that were given other names, with the names that they have now.
const RENAMED: [(&str, &str); 7] = [
    ("defaultApp", "apps.<system>.default"),
    ("defaultBundler", "bundlers.<system>.default"),
    ("defaultPackage", "packages.<system>.default"),
    ("defaultTemplate", "templates.default"),
    ("devShell", "devShells.<system>.default"),
    ("nixosModule", "nixosModules.default"),
    ("overlay", "overlays.default"),
];

/// Outputs of other programs, about which nothing is promised.
const OF_OTHERS: [&str; 10] = [
    "darwinConfigurations",
    "darwinModules",
    "flakeModule",
    "flakeModules",
    "herculesCI",
    "homeConfigurations",
    "homeModule",
    "homeModules",
    "lib",
    "nixopsConfigurations",
];

/// What an output is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Derivation,
    App,
    Overlay,
    Module,
    Configuration,
    Template,
    Bundler,
}

impl Kind {
    /// As the way to an error names it.
    const fn word(self) -> &'static str {
        match self {
            Self::Derivation => "derivation",
            Self::App => "app definition",
            Self::Overlay => "overlay",
            Self::Module => "NixOS module",
            Self::Configuration => "NixOS configuration",
            Self::Template => "template",
            Self::Bundler => "bundler",
        }
    }
}

/// How things of one kind lie in an output.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// The output is one.
    One(Kind),
    /// By name.
    ByName(Kind),
    /// One for each system.
    BySystem(Kind),
    /// By system and name.
    BySystemAndName(Kind),
}

/// The shape of an output that can be told by its name alone.
fn shape(output: &str) -> Option<Shape> {
    Some(match output {
        "packages" | "devShells" | "checks" => Shape::BySystemAndName(Kind::Derivation),
        "formatter" | "defaultPackage" | "devShell" => Shape::BySystem(Kind::Derivation),
        "apps" => Shape::BySystemAndName(Kind::App),
        "defaultApp" => Shape::BySystem(Kind::App),
        "bundlers" => Shape::BySystemAndName(Kind::Bundler),
        "defaultBundler" => Shape::BySystem(Kind::Bundler),
        "overlay" => Shape::One(Kind::Overlay),
        "overlays" => Shape::ByName(Kind::Overlay),
        "nixosModule" => Shape::One(Kind::Module),
        "nixosModules" => Shape::ByName(Kind::Module),
        "nixosConfigurations" => Shape::ByName(Kind::Configuration),
        "defaultTemplate" => Shape::One(Kind::Template),
        "templates" => Shape::ByName(Kind::Template),
        _ => return None,
    })
}

/// Goes through the outputs of a flake.
pub(super) struct Checker<'e, 'a> {
    pub(super) session: &'e Session,
    pub(super) stage: &'e Stage<'e, 'a>,
    all_systems: bool,
    pub(super) report: CheckReport,
}

impl<'e, 'a> Checker<'e, 'a> {
    pub(super) fn new(session: &'e Session, stage: &'e Stage<'e, 'a>, all_systems: bool) -> Self {
        Self {
            session,
            stage,
            all_systems,
            report: CheckReport::default(),
        }
    }

    pub(super) fn evaluator(&self) -> &'e Evaluator<'a> {
        self.stage.evaluator
    }

    /// Looks at all of them.
    pub(super) fn outputs(&mut self) -> Result<(), Failure> {
        let flake = self.evaluator().force(self.stage.root)?;
        let outputs = self.evaluator().attribute(&flake, "outputs");
        for output in self
            .evaluator()
            .members(outputs.unwrap_or(self.stage.root), Pos::NONE)?
        {
            self.session.check_cancelled()?;
            let doing = || format!("while checking flake output '{}'", output.name);
            self.attempt(output.pos, doing, |checker| checker.output(&output))?;
        }
        Ok(())
    }

    fn output(&mut self, output: &Member<'a>) -> Result<(), Failure> {
        self.evaluator().force(output.value)?;
        if let Some((name, now)) = RENAMED.iter().find(|(name, _)| *name == output.name) {
            self.session.warn(&format!(
                "flake output attribute '{name}' is deprecated; use '{now}' instead"
            ));
        }
        let path = [output.name.to_owned()];
        match (output.name, shape(output.name)) {
            (_, Some(shape)) => self.of_shape(&path, output, shape),
            ("legacyPackages", _) => self.systems(output.value, output.pos).map(drop),
            ("hydraJobs", _) => self.jobs(&path, output.value, output.pos),
            (name, _) if OF_OTHERS.contains(&name) => Ok(()),
            (name, _) => {
                self.session.warn(&format!("unknown flake output '{name}'"));
                Ok(())
            }
        }
    }

    fn of_shape(&mut self, path: &[String], output: &Member<'a>, shape: Shape) -> Result<(), Failure> {
        match shape {
            Shape::One(kind) => self.one(kind, path, output),
            Shape::ByName(kind) => {
                for member in self.evaluator().members(output.value, output.pos)? {
                    self.one(kind, &below(path, member.name), &member)?;
                }
                Ok(())
            }
            Shape::BySystem(kind) => {
                for system in self.systems(output.value, output.pos)? {
                    self.one(kind, &below(path, system.name), &system)?;
                }
                Ok(())
            }
            Shape::BySystemAndName(kind) => {
                for system in self.systems(output.value, output.pos)? {
                    let path = below(path, system.name);
                    for member in self.evaluator().members(system.value, system.pos)? {
                        self.one(kind, &below(&path, member.name), &member)?;
                    }
                }
                Ok(())
            }
        }
    }

    /// The members of a set by system that are looked at.
    fn systems(&mut self, set: &'a Thunk<'a>, pos: Pos) -> Result<Vec<Member<'a>>, Failure> {
        let mut wanted = Vec::new();
        for system in self.evaluator().members(set, pos)? {
            if !system.name.contains('-') {
                let message = format!("'{}' is not a valid system type", system.name);
                let doing = || "while checking the names of systems".to_owned();
                self.attempt(system.pos, doing, |_| Err::<(), _>(wrong(message)))?;
            }
            if self.all_systems || system.name == self.session.settings().system {
                wanted.push(system);
            } else {
                self.report.omitted_systems.insert(system.name.to_owned());
            }
        }
        Ok(wanted)
    }

    /// Looks at one thing of a kind.
    pub(super) fn one(&mut self, kind: Kind, path: &[String], member: &Member<'a>) -> Result<(), Failure> {
        let shown = print_attribute_path(path);
        let doing = || format!("while checking the {} '{shown}'", kind.word());
        let done = self.attempt(member.pos, doing, |checker| checker.of_kind(kind, path, member));
        if done?.is_some() {
            self.report.evaluated.push(shown);
        }
        Ok(())
    }

    /// Does something. What is wrong is noted, if it was asked to go on after that, or ends it.
    pub(super) fn attempt<T>(
        &mut self,
        pos: Pos,
        doing: impl FnOnce() -> String,
        work: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let failure = match work(self) {
            Ok(done) => return Ok(Some(done)),
            Err(Failure::Language(error)) => Failure::Language(error.for_caller(pos, doing())),
            Err(failure @ Failure::Other(_)) => failure,
        };
        self.session.check_cancelled()?;
        if !self.session.settings().keep_going {
            return Err(failure);
        }
        self.report.failures.push(match failure {
            Failure::Language(error) => Error::from(Box::new(self.evaluator().describe(error))),
            Failure::Other(error) => error,
        });
        Ok(None)
    }
}

/// The path of a member.
pub(super) fn below(path: &[String], name: &str) -> Vec<String> {
    path.iter().cloned().chain([name.to_owned()]).collect()
}

/// An error about a value that is not what it is to be.
pub(super) fn wrong(message: String) -> Failure {
    Failure::Language(nix_lang::ErrorData::new(nix_lang::ErrorKind::Type, message))
}
