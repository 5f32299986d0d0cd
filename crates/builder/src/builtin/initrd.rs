//! `builtin:hardpan-initrd-v1`: our init program with the kernel modules that finding the root takes.

use super::{Environment, at};
use crate::{BuildContext, BuildFailure};
use ::image::boot::{DEFAULT_MODULES, InitrdOptions, build_initrd_from_object};
use ::image::object::Object;

pub(super) fn build(_: &Environment, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
    let kernel = context.input("kernel")?;
    let object = Object::open(&kernel)
        .map_err(|error| BuildFailure::caused_by(format!("open the kernel {}", kernel.display()), error))?;
    let extra = context.env("modules").unwrap_or_default();
    let mut modules: Vec<String> = DEFAULT_MODULES.iter().map(|name| (*name).to_owned()).collect();
    modules.extend(extra.split_whitespace().map(str::to_owned));
    let epoch = context.env("epoch").unwrap_or("0");
    let epoch = epoch
        .parse()
        .map_err(|error| BuildFailure::caused_by("read the attribute 'epoch'", error))?;
    let options = InitrdOptions {
        program: init::INIT_PROGRAM,
        epoch,
    };
    let archive = build_initrd_from_object(options, &object, &modules)
        .map_err(|error| BuildFailure::caused_by("build the initrd", error))?;
    let output = context.output("out")?;
    let path = output.join("initrd");
    std::fs::create_dir_all(output).map_err(at("make the folder", output))?;
    std::fs::write(&path, archive).map_err(at("write", &path))?;
    context.declare_references("out", Default::default());
    Ok(())
}
