//! `hardpan init` and `hardpan flake init`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use operations::flakes;

use crate::commands::{Context, Outcome};

/// Make a new project
#[derive(Debug, Args)]
pub struct Init {
    /// Where to make it
    #[arg(default_value = ".", value_name = "FOLDER")]
    folder: PathBuf,
    /// From which template
    #[arg(long, short = 't', value_name = "NAME")]
    template: Option<String>,
}

impl Init {
    pub fn run(self, context: &Context) -> Outcome {
        let project = flakes::init(&context.session, &self.folder, self.template.as_deref())?;
        for file in &project.files {
            eprintln!("wrote {}", project.folder.join(file).display());
        }
        let folder = self.folder.display();
        let first = if self.folder.as_os_str() == "." {
            String::new()
        } else {
            format!("cd {folder} && ")
        };
        eprintln!("next: {first}hardpan flake show");
        Ok(ExitCode::SUCCESS)
    }
}
