//! The built-in builders: each turns one derivation into its output, in process.
//!
//! A builder's name carries a version. Changed bytes for the same input mean a new version, so that a store
//! never holds two meanings of one name.

mod archive_member;
mod deb;
mod face;
mod fetchurl;
mod image;
mod initrd;
mod links;
mod object;
mod object_files;
mod root;
mod sysroot;
#[cfg(test)]
mod testing;
mod unpack;
mod write;

pub use deb::NoMirrorHas;

use crate::{BuildContext, BuildFailure, BuiltinBuilder, Registry};
use fetch::{Fetcher, NpmConfiguration};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What the built-in builders need from the machine.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The network client.
    pub fetcher: Arc<Fetcher>,
    /// Base addresses of Debian mirrors by archive (`debian`, `debian-security`, ...), best first.
    pub mirrors: BTreeMap<String, Vec<String>>,
    /// Where npm packages come from.
    pub npm: NpmConfiguration,
    /// A folder for copies that can be deleted at any time.
    pub cache: PathBuf,
}

type Build = fn(&Environment, &BuildContext<'_>) -> Result<(), BuildFailure>;

struct Builtin {
    environment: Environment,
    build: Build,
}

impl BuiltinBuilder for Builtin {
    fn build(&self, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
        (self.build)(&self.environment, context)
    }
}

/// All built-in builders by name.
pub fn registry(environment: &Environment) -> Registry {
    let builders: [(&'static str, Build); 13] = [
        ("builtin:fetchurl", fetchurl::build),
        ("builtin:hardpan-archive-member-v1", archive_member::build),
        ("builtin:hardpan-deb-v1", deb::build),
        ("builtin:hardpan-face-v1", face::build),
        ("builtin:hardpan-image-v2", image::build),
        ("builtin:hardpan-initrd-v3", initrd::build),
        ("builtin:hardpan-links-v1", links::build),
        ("builtin:hardpan-object-files-v1", object_files::build),
        ("builtin:hardpan-object-v2", object::build),
        ("builtin:hardpan-root-v2", root::build),
        ("builtin:hardpan-sysroot-v1", sysroot::build),
        ("builtin:hardpan-tree-object-v2", object::build_tree),
        ("builtin:hardpan-write-v1", write::build),
    ];
    let boxed = |(name, build): (&'static str, Build)| {
        let builtin = Builtin {
            environment: environment.clone(),
            build,
        };
        (name, Box::new(builtin) as Box<dyn BuiltinBuilder>)
    };
    builders.into_iter().map(boxed).collect()
}

/// Reads a JSON value from an attribute of the derivation.
fn json<T: serde::de::DeserializeOwned>(context: &BuildContext<'_>, name: &str) -> Result<T, BuildFailure> {
    let text = context.required_env(name)?;
    serde_json::from_str(text)
        .map_err(|error| BuildFailure::caused_by(format!("read the attribute '{name}'"), error))
}

/// Turns an I/O error into a failure that names the path.
fn at(what: &str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> BuildFailure + use<> {
    let message = format!("{what} {}", path.display());
    move |error| BuildFailure::caused_by(message, error)
}
