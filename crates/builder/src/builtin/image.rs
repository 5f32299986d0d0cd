//! `builtin:hardpan-image-v2`: writes a disk image in the format its spec asks for.

use super::root::store_view;
use super::{Environment, json};
use crate::{BuildContext, BuildFailure};
use ::image::disk::{DiskSpec, write_image};

pub(super) fn build(environment: &Environment, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
    let spec: DiskSpec = json(context, "spec")?;
    let output_path = context.required_env("out")?;
    let view = store_view(environment, context);
    let written = write_image(&spec, &view, context.output("out")?, output_path)
        .map_err(|error| BuildFailure::caused_by(format!("write the image {}", spec.file_name), error))?;
    context.log(format!(
        "disk of {} bytes, root hash {}",
        written.disk_bytes, written.root_hash
    ));
    if let Some((hash, size)) = written.nar {
        context.declare_nar("out", hash, size);
    }
    context.declare_references("out", Default::default());
    Ok(())
}
