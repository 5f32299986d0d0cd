//! Reads what `flake.nix` declares, with the evaluator.

use std::path::Path;
use std::sync::Arc;

use flake::{BoxError, Manifest, ManifestReader, Sources};
use nix_lang::{Evaluator, Origin, Pos, Settings};
use serde_json::Value;
use store::Store;

use super::derivations::Derivations;
use super::host::HostFunctions;
use super::paths::Access;
use super::world::StoreWorld;
use crate::Session;

/// Evaluates each `flake.nix` on its own.
pub(crate) struct Manifests<'s> {
    pub(crate) session: &'s Session,
    pub(crate) store: &'s Store,
    pub(crate) sources: &'s (dyn Sources + Sync),
}

impl ManifestReader for Manifests<'_> {
    fn manifest(&self, flake_nix: &Path) -> Result<Manifest, BoxError> {
        let store_path = self
            .store
            .store_path_of(flake_nix)
            .ok_or("it is not in the store")?;
        let inside = flake_nix.strip_prefix(self.store.physical(&store_path))?;
        let logical = format!("{store_path}/{}", inside.display());
        let derivations = Arc::new(Derivations::new(self.store));
        let host = HostFunctions::new(
            self.session,
            self.store,
            self.sources,
            Arc::clone(&derivations),
            true,
        );
        let world = StoreWorld::new(self.session, self.store, Access::Pure, derivations, host);
        world.paths.allow(&store_path);
        let value = nix_lang::with_evaluator(&Settings::pure(), &world, |evaluator| {
            declarations(evaluator, &logical).map_err(|error| BoxError::from(evaluator.describe(error)))
        })?;
        Ok(Manifest::from_json(&value?)?)
    }
}

fn declarations(evaluator: &Evaluator<'_>, path: &str) -> Result<Value, nix_lang::Error> {
    let flake = evaluator.evaluate_file(path)?;
    let origin = Origin::Text("flake declarations".to_owned());
    let reader = evaluator.evaluate_text(Manifest::EXPRESSION, origin, "/")?;
    let read = evaluator.call(reader, &[evaluator.thunk(flake)], Pos::NONE)?;
    Ok(evaluator.json_of(evaluator.thunk(read))?.0)
}
