//! `hardpan repl`: the conversation's terminal.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use operations::repl::{self, Completion, Console, Load};
use operations::{Error, Session};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Editor, Helper};

use super::{Context, Outcome};
use crate::{output, report, talk};

/// Evaluate line by line
#[derive(Debug, Args)]
pub struct Repl {
    /// What to load: files with --file, else flakes
    #[arg(value_name = "INSTALLABLE")]
    installables: Vec<String>,
    /// Load this file
    #[arg(long, short = 'f', value_name = "FILE")]
    file: Option<String>,
    /// Load the attributes of this expression
    #[arg(long, value_name = "CODE")]
    expr: Option<String>,
}

impl Repl {
    pub fn run(self, context: &Context) -> Outcome {
        let is_file = |text: &String| text.starts_with('<') || text.ends_with(".nix");
        let named = self.installables.into_iter().map(|text| match is_file(&text) {
            true => Load::File(text),
            false => Load::Flake(text),
        });
        let loads: Vec<Load> = self
            .file
            .map(Load::File)
            .into_iter()
            .chain(self.expr.map(Load::Expression))
            .chain(named)
            .collect();
        let mut terminal = Terminal::new(context);
        terminal.say(&format!("Nix {}\nType :? for help.", crate::nix::VERSION));
        repl::repl(&context.session, &loads, &mut terminal)?;
        Ok(ExitCode::SUCCESS)
    }
}

struct Terminal<'s> {
    session: &'s Session,
    error_style: report::Style,
    is_terminal: bool,
    history: Option<PathBuf>,
}

impl<'s> Terminal<'s> {
    fn new(context: &'s Context) -> Self {
        let session = &context.session;
        let settings = session.settings();
        let data = settings
            .variable("XDG_DATA_HOME")
            .filter(|folder| folder.starts_with('/'));
        let data = data.or_else(|| settings.home().map(|home| format!("{home}/.local/share")));
        Self {
            session,
            error_style: context.error_style(false),
            is_terminal: std::io::stdin().is_terminal(),
            history: data.map(|folder| PathBuf::from(folder).join("hardpan/repl-history")),
        }
    }

    fn edit(
        &self,
        prompt: &str,
        complete: &dyn Fn(&str) -> Completion,
    ) -> Result<Option<String>, ReadlineError> {
        let config = Config::builder()
            .completion_type(rustyline::CompletionType::List)
            .auto_add_history(true)
            .build();
        let mut editor: Editor<Words<'_>, DefaultHistory> = Editor::with_config(config)?;
        editor.set_helper(Some(Words { complete }));
        // There is no history at first, and none where it cannot be written.
        if let Some(file) = &self.history {
            let _ = file.parent().map(std::fs::create_dir_all);
            let _ = editor.load_history(file);
        }
        let line = match editor.readline(prompt) {
            Ok(line) => Some(line),
            Err(ReadlineError::Eof) => None,
            Err(ReadlineError::Interrupted) => Some(String::new()),
            Err(error) => return Err(error),
        };
        if let Some(file) = &self.history {
            let _ = editor.save_history(file);
        }
        Ok(line)
    }
}

impl Console for Terminal<'_> {
    fn read(&mut self, prompt: &str, complete: &dyn Fn(&str) -> Completion) -> Result<Option<String>, Error> {
        let failed = |source| Error::Files {
            operation: "read",
            path: "standard input".into(),
            source,
        };
        if self.is_terminal {
            return self
                .edit(prompt, complete)
                .map_err(|error| failed(std::io::Error::other(error)));
        }
        let mut line = String::new();
        match std::io::stdin().lock().read_line(&mut line).map_err(failed)? {
            0 => Ok(None),
            _ => Ok(Some(line.trim_end_matches(['\n', '\r']).to_owned())),
        }
    }

    fn show(&mut self, text: &str) -> Result<(), Error> {
        output::line(text)
    }

    fn say(&mut self, text: &str) {
        talk::line(text);
    }

    fn fail(&mut self, error: &Error) {
        let _ = report::failure(error, self.session, self.error_style);
    }
}

/// Completes words with what the conversation knows.
struct Words<'c> {
    complete: &'c dyn Fn(&str) -> Completion,
}

impl Completer for Words<'_> {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let completion = (self.complete)(&line[..position]);
        Ok((completion.start, completion.words))
    }
}

impl Hinter for Words<'_> {
    type Hint = String;
}

impl Highlighter for Words<'_> {}

impl Validator for Words<'_> {}

impl Helper for Words<'_> {}
