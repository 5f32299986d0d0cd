//! `builtin:hardpan-initrd-v3`: our init program with the kernel modules that finding the root takes.

use super::{Environment, at};
use crate::{BuildContext, BuildFailure};
use ::image::boot::{DEFAULT_MODULES, InitrdOptions, build_initrd_from_object};
use ::image::object::Object;
use nix_formats::Hash;

pub(super) fn build(_: &Environment, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
    check_program(context)?;
    let kernel = context.input("kernel")?.physical();
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

/// A derivation names the program by its SHA-256: another hardpan, or one of another compiler, has another one.
fn check_program(context: &BuildContext<'_>) -> Result<(), BuildFailure> {
    let own = Hash::sha256(init::INIT_PROGRAM).to_base16();
    match context.env("program") {
        Some(wanted) if wanted != own => Err(BuildFailure::new(format!(
            "it asks for the init program {wanted}, and this hardpan has {own}; build it with the hardpan that \
             evaluated it"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Fixture;

    #[test]
    fn another_init_program_is_not_put_in_its_place() {
        let fixture = Fixture::new();
        let error = fixture
            .build(super::build, &[("program", "00"), ("kernel", "/nix/store/x")])
            .expect_err("this is another one");
        assert!(
            error.to_string().contains("asks for the init program 00"),
            "{error}"
        );
    }
}
