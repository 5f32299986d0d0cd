//! Makes new projects from the templates of the base.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::base::base;
use crate::{Error, Session};

/// Where templates lie in the base.
const FOLDER: &str = "templates/";
/// The template that is used unless another one is asked for.
const DEFAULT: &str = "default";

/// What makes git leave results and the disks of virtual machines alone.
const IGNORED: (&str, &str) = (
    ".gitignore",
    "/result\n/result-*\n*.qcow2\n*.qcow2.*\n*.empty*.raw\n*.vars\n",
);
/// The option that a template leaves for the person to fill in.
const KEYS: &str = "openssh.authorizedKeys.keys";

/// A new project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its folder.
    pub folder: PathBuf,
    /// The files that were made, relative to it.
    pub files: Vec<String>,
    /// The file and line where the person's key goes, if the template has a place for one.
    pub key_place: Option<(String, usize)>,
}

/// The names of all templates.
pub fn template_names() -> BTreeSet<String> {
    let inside = base()
        .files
        .iter()
        .filter_map(|file| file.path.strip_prefix(FOLDER));
    inside
        .filter_map(|path| path.split_once('/'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// Copies a template into `folder`, which is made if it is not there. No file is overwritten.
pub fn init(session: &Session, folder: &Path, template: Option<&str>) -> Result<Project, Error> {
    let name = template.unwrap_or(DEFAULT);
    let prefix = format!("{FOLDER}{name}/");
    let files: Vec<(&str, &[u8])> = base()
        .files
        .iter()
        .filter_map(|file| Some((file.path.strip_prefix(&prefix)?, file.contents)))
        .collect();
    if files.is_empty() {
        let known = template_names().into_iter().collect();
        return Err(Error::NoTemplate {
            name: name.to_owned(),
            known,
        });
    }
    let folder = session.settings().current_folder.join(folder);
    if let Some((file, _)) = files
        .iter()
        .find(|(file, _)| folder.join(file).symlink_metadata().is_ok())
    {
        return Err(Error::FileExists {
            folder,
            file: (*file).to_owned(),
        });
    }
    for (file, contents) in &files {
        let path = folder.join(file);
        let parent = path.parent().unwrap_or(&folder);
        fs::create_dir_all(parent).map_err(Error::files("make the directory", parent))?;
        fs::write(&path, contents).map_err(Error::files("write", &path))?;
    }
    let key_place = files
        .iter()
        .find_map(|(file, contents)| place_of_keys(file, contents));
    let mut files: Vec<String> = files.into_iter().map(|(file, _)| file.to_owned()).collect();
    let (ignored, contents) = IGNORED;
    let path = folder.join(ignored);
    if path.symlink_metadata().is_err() {
        fs::write(&path, contents).map_err(Error::files("write", &path))?;
        files.insert(0, ignored.to_owned());
    }
    Ok(Project {
        folder,
        files,
        key_place,
    })
}

fn place_of_keys(file: &str, contents: &[u8]) -> Option<(String, usize)> {
    let text = std::str::from_utf8(contents).ok()?;
    let before = text.lines().position(|line| line.contains(KEYS))?;
    Some((file.to_owned(), before + 1))
}
