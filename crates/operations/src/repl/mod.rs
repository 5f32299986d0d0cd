//! A conversation in the Nix language: expressions are evaluated, names bound, files loaded, derivations built.

mod complete;
mod documentation;
mod pretty;

use std::collections::BTreeMap;
use std::sync::Arc;

use nix_formats::StorePath;
use nix_lang::{Evaluator, Thunk, Value};

use crate::build::{self, Resolved, Target};
use crate::evaluate::{Derivations, Evaluation, Failure, Stage, evaluate};
use crate::{Error, Session};

/// What a conversation is held through.
pub trait Console: Send {
    /// The next line, without its end; nothing at the end of input. `complete` gives what may stand for the last word
    /// of a text.
    fn read(&mut self, prompt: &str, complete: &dyn Fn(&str) -> Completion) -> Result<Option<String>, Error>;
    /// Shows an answer.
    fn show(&mut self, text: &str) -> Result<(), Error>;
    /// Says something about the conversation.
    fn say(&mut self, text: &str);
    /// Tells of an error, after which the conversation goes on.
    fn fail(&mut self, error: &Error);
}

/// What may stand for the word that ends at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// At which byte the word begins.
    pub start: usize,
    /// What may stand there.
    pub words: Vec<String>,
}

/// What is loaded at the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Load {
    /// A file or folder, `<name>`, as `:l` takes it.
    File(String),
    /// A flake, as `:lf` takes it.
    Flake(String),
    /// Nix code whose attributes become variables.
    Expression(String),
}

const PROMPT: &str = "nix-repl> ";
const FURTHER_PROMPT: &str = "        > ";
/// The commands, for completion.
const COMMANDS: [&str; 20] = [
    ":?",
    ":a",
    ":add",
    ":b",
    ":doc",
    ":e",
    ":env",
    ":help",
    ":l",
    ":lf",
    ":load",
    ":load-flake",
    ":log",
    ":p",
    ":print",
    ":q",
    ":quit",
    ":r",
    ":reload",
    ":t",
];
const HELP: &str = "\
The following commands are available:

  <expr>        Evaluate and print expression
  <x> = <expr>  Bind expression to variable
  :a, :add <expr>          Add attributes from resulting set to scope
  :b <expr>                Build a derivation
  :doc <expr>              Show documentation of a built-in function
  :e, :edit <expr>         Say where a function is defined
  :env                     Show the variables that were bound
  :l, :load <path>         Load Nix expression and add it to scope
  :lf, :load-flake <ref>   Load a flake and add it to scope
  :log <expr>              Show what the build of a derivation said
  :p, :print <expr>        Evaluate and print expression recursively
  :q, :quit                Exit
  :r, :reload              Reload all files
  :t <expr>                Describe result of evaluation
  :?, :help                Show this";

/// Holds a conversation until its end.
pub fn repl(session: &Session, loads: &[Load], console: &mut dyn Console) -> Result<(), Error> {
    let store = session.store()?;
    let derivations = Arc::new(Derivations::new(store));
    evaluate(session, store, &derivations, &Evaluation::of_nothing(), |stage| {
        let mut talk = Talk {
            session,
            stage,
            derivations: &derivations,
            variables: BTreeMap::new(),
            loaded: loads.to_vec(),
            console,
        };
        talk.load_all();
        talk.go_on()
    })
}

struct Talk<'s, 'd, 'e, 'a> {
    session: &'s Session,
    stage: &'s Stage<'e, 'a>,
    derivations: &'s Derivations<'d>,
    variables: BTreeMap<String, &'a Thunk<'a>>,
    loaded: Vec<Load>,
    console: &'s mut dyn Console,
}

impl<'a> Talk<'_, '_, '_, 'a> {
    fn evaluator(&self) -> &Evaluator<'a> {
        self.stage.evaluator
    }

    fn go_on(&mut self) -> Result<(), Failure> {
        while let Some(text) = self.next_input()? {
            let text = text.trim();
            if matches!(text, ":q" | ":quit") {
                break;
            }
            if let Err(failure) = self.answer(text) {
                self.tell(failure);
            }
            if !text.is_empty() {
                self.console.show("")?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, failure: Failure) {
        let error = match failure {
            Failure::Language(error) => Error::from(Box::new(self.evaluator().describe(error))),
            Failure::Other(error) => error,
        };
        self.console.fail(&error);
    }

    /// The next input: lines are added as long as the text is an expression that has not ended.
    fn next_input(&mut self) -> Result<Option<String>, Failure> {
        let mut text = String::new();
        loop {
            let prompt = if text.is_empty() { PROMPT } else { FURTHER_PROMPT };
            let line = {
                let Talk {
                    stage,
                    variables,
                    session,
                    ..
                } = self;
                let complete = |text: &str| complete::complete(session, stage.evaluator, variables, text);
                self.console.read(prompt, &complete)?
            };
            let Some(line) = line else {
                return Ok(Some(text).filter(|text| !text.is_empty()));
            };
            text.push_str(&line);
            if !is_unfinished(&text) {
                return Ok(Some(text));
            }
            text.push('\n');
        }
    }

    fn answer(&mut self, text: &str) -> Result<(), Failure> {
        if text.is_empty() || text.starts_with('#') {
            return Ok(());
        }
        if let Some(command) = text.strip_prefix(':') {
            let (name, argument) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
            return self.command(name, argument.trim());
        }
        if let Some((name, code)) = binding(text) {
            let thunk = self.delayed(code)?;
            self.variables.insert(name.to_owned(), thunk);
            return Ok(());
        }
        let thunk = self.delayed(text)?;
        self.print(thunk, 1)
    }

    fn command(&mut self, name: &str, argument: &str) -> Result<(), Failure> {
        match name {
            "?" | "help" => Ok(self.console.show(HELP)?),
            "t" => {
                let value = self.value(argument)?;
                Ok(self.console.show(&value.described())?)
            }
            "p" | "print" => {
                let thunk = self.delayed(argument)?;
                self.print(thunk, usize::MAX)
            }
            "a" | "add" => {
                let value = self.value(argument)?;
                self.add(&value)
            }
            "l" | "load" => self.load(Load::File(argument.to_owned())),
            "lf" | "load-flake" => self.load(Load::Flake(argument.to_owned())),
            "r" | "reload" => {
                self.variables.clear();
                self.evaluator().forget_files();
                self.load_all();
                Ok(())
            }
            "env" => {
                let names: Vec<&str> = self.variables.keys().map(String::as_str).collect();
                Ok(self.console.show(&names.join(" "))?)
            }
            "b" => self.build(argument),
            "log" => self.log(argument),
            "doc" => self.document(argument),
            "e" | "edit" => {
                let value = self.value(argument)?;
                let place = self.evaluator().place_of(&value);
                let place = place.map(|place| place.to_string());
                let unknown =
                    || Error::Usage("only functions of files say where they are defined".to_owned());
                Ok(self.console.show(&place.ok_or_else(unknown)?)?)
            }
            _ => Err(Error::Usage(format!("unknown command ':{name}'; ':?' lists them")).into()),
        }
    }

    fn delayed(&self, code: &str) -> Result<&'a Thunk<'a>, Failure> {
        let variables: Vec<(String, &'a Thunk<'a>)> = self
            .variables
            .iter()
            .map(|(name, thunk)| (name.clone(), *thunk))
            .collect();
        let current = self.session.settings().current_folder.to_string_lossy();
        Ok(self.evaluator().delayed_text_with(code, &current, &variables)?)
    }

    fn value(&self, code: &str) -> Result<Value<'a>, Failure> {
        Ok(self.evaluator().force(self.delayed(code)?)?)
    }

    fn print(&mut self, thunk: &'a Thunk<'a>, depth: usize) -> Result<(), Failure> {
        let value = self.evaluator().force(thunk)?;
        let shown = pretty::shown(self.evaluator(), &value, depth);
        Ok(self.console.show(&shown)?)
    }

    /// Makes variables of the attributes of a set.
    fn add(&mut self, value: &Value<'a>) -> Result<(), Failure> {
        const NAMES_SHOWN: usize = 20;
        let Value::Attrs(_) = value else {
            let message = format!("expected a set but found {}", value.described());
            return Err(Error::Usage(message).into());
        };
        let attributes = self.evaluator().attributes(value);
        let names: Vec<&str> = attributes.iter().map(|(name, _)| *name).collect();
        let plural = if names.len() == 1 { "" } else { "s" };
        let mut said = format!("Added {} variable{plural}.", names.len());
        if !names.is_empty() {
            said += &format!("\n{}", names[..names.len().min(NAMES_SHOWN)].join(", "));
        }
        if names.len() > NAMES_SHOWN {
            said += &format!(", ... and {} more", names.len() - NAMES_SHOWN);
        }
        for (name, thunk) in attributes {
            self.variables.insert(name.to_owned(), thunk);
        }
        self.console.say(&said);
        Ok(())
    }

    fn load_all(&mut self) {
        for load in self.loaded.clone() {
            if let Err(failure) = self.load_one(&load) {
                self.tell(failure);
            }
        }
    }

    fn load(&mut self, load: Load) -> Result<(), Failure> {
        self.load_one(&load)?;
        self.loaded.retain(|other| *other != load);
        self.loaded.push(load);
        Ok(())
    }

    fn load_one(&mut self, load: &Load) -> Result<(), Failure> {
        let value = match load {
            Load::File(path) => {
                let file = crate::evaluate::expression_file(self.session, self.evaluator(), path.as_ref())?;
                self.evaluator().evaluate_file(&file)?
            }
            Load::Flake(reference) => {
                let current = &self.session.settings().current_folder;
                let (reference, _) = flake::resolve_path_reference(reference, current, true)?;
                let reference = self
                    .evaluator()
                    .thunk(self.evaluator().string(&reference.to_string()));
                let get = self.value("builtins.getFlake")?;
                self.evaluator().call(get, &[reference], nix_lang::Pos::NONE)?
            }
            Load::Expression(code) => self.value(code)?,
        };
        let called = self.stage.auto_call(self.evaluator().thunk(value))?;
        let value = self.evaluator().force(called)?;
        self.add(&value)
    }

    fn derivation(&self, code: &str) -> Result<StorePath, Failure> {
        let value = self.value(code)?;
        let not_one = || Error::NotADerivation {
            what: code.to_owned(),
            kind: value.described().into_owned(),
        };
        let path = self
            .evaluator()
            .attribute(&value, "drvPath")
            .ok_or_else(not_one)?;
        let path = self.evaluator().text_of(path)?.0;
        let path = StorePath::parse_absolute(&path).map_err(|error| Error::Usage(error.to_string()))?;
        self.derivations.write([path.clone()])?;
        Ok(path)
    }

    fn build(&mut self, code: &str) -> Result<(), Failure> {
        let derivation = self.derivation(code)?;
        let target = Target {
            installable: code.to_owned(),
            attribute: code.to_owned(),
            wanted: builder::DerivedPath::Built {
                derivation,
                outputs: std::collections::BTreeSet::new(),
            },
        };
        let built = build::realise(
            self.session,
            Resolved {
                targets: vec![target],
            },
        )?;
        let mut said = "\nThis derivation produced the following outputs:".to_owned();
        for (name, path) in built.iter().flat_map(|built| &built.outputs) {
            said += &format!("\n  {name} -> {path}");
        }
        Ok(self.console.show(&said)?)
    }

    fn log(&mut self, code: &str) -> Result<(), Failure> {
        let log = crate::stored::build_log(self.session, &self.derivation(code)?)?;
        Ok(self.console.show(&String::from_utf8_lossy(&log))?)
    }

    fn document(&mut self, code: &str) -> Result<(), Failure> {
        let value = self.value(code)?;
        let shown = match &value {
            Value::Builtin(builtin) => documentation::of(builtin.name),
            Value::Closure(_) => self
                .evaluator()
                .place_of(&value)
                .map(|place| format!("a function defined at {place}:\n\n{}", place.text)),
            _ => None,
        };
        let none = || Error::Usage("value does not have documentation".to_owned());
        Ok(self.console.show(&shown.ok_or_else(none)?)?)
    }
}

/// Whether more lines would make an expression of a text that is none.
fn is_unfinished(text: &str) -> bool {
    let code = match text.trim_start().strip_prefix(':') {
        Some(command) => command
            .split_once(char::is_whitespace)
            .map_or("", |(_, code)| code),
        None => binding(text).map_or(text, |(_, code)| code),
    };
    let is_path = matches!(text.trim_start(), command if command.starts_with(":l"));
    if code.trim().is_empty() {
        return text.trim_end().ends_with('=');
    }
    let features = nix_lang::syntax::Features { pipe_operators: true };
    !is_path
        && nix_lang::syntax::check(code.as_bytes(), features)
            .is_err_and(|error| error.message.contains("unexpected end of file"))
}

/// The parts of `name = code`.
fn binding(text: &str) -> Option<(&str, &str)> {
    let (name, code) = text.split_once('=')?;
    let name = name.trim();
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-'".contains(&byte));
    let code = code.trim_end();
    (is_name && !code.starts_with('=')).then_some((name, code.strip_suffix(';').unwrap_or(code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bindings_are_told_from_comparisons() {
        let table = [
            ("x = 1", Some(("x", " 1"))),
            ("x' = 1;", Some(("x'", " 1"))),
            ("x == 1", None),
            ("{ a = 1; }", None),
            ("a.b = 1", None),
        ];
        for (text, expected) in table {
            assert_eq!(binding(text), expected, "{text}");
        }
    }

    #[test]
    fn what_has_not_ended_wants_more_lines() {
        let table = [
            ("let x = 1;", true),
            ("let x = 1; in x", false),
            ("f = x:", true),
            (":p {", true),
            (":l {", false),
            ("1 +", true),
            ("1 1 }", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_unfinished(text), expected, "{text}");
        }
    }
}
