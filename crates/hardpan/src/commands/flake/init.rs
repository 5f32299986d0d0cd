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
            context.say(&format!("wrote {}", project.folder.join(file).display()));
        }
        let folder = self.folder.display();
        let first = if self.folder.as_os_str() == "." {
            String::new()
        } else {
            format!("cd {folder} && ")
        };
        if let Some((file, line)) = &project.key_place {
            let file = self.folder.join(file);
            context.say(&format!(
                "put your public ssh key here: {}:{line}; there is no other way to log in",
                file.display()
            ));
        }
        context.say(&format!("then: {first}hardpan build .#rawImage"));
        Ok(ExitCode::SUCCESS)
    }
}
