//! Compiles the initrd program with the same compiler as everything else, without libc, so that its bytes
//! depend on nothing but the compiler's version and the sources. The build script and the tests include it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler and what it compiles for.
pub struct Toolchain {
    /// The compiler, as cargo names it.
    pub compiler: String,
    /// The compiler's own triple.
    pub host: String,
    /// The triple of the program.
    pub target: String,
}

/// What keeps the program small and the same everywhere.
const CODE_OPTIONS: &[&str] = &[
    "panic=abort",
    "opt-level=s",
    "codegen-units=1",
    "lto=fat",
    "strip=symbols",
    "relocation-model=static",
    "debuginfo=0",
    "force-unwind-tables=no",
    "link-self-contained=no",
    "metadata=hardpan-init",
    "linker-flavor=ld.lld",
    "link-args=-static -nostdlib --build-id=none --gc-sections -z noseparate-code",
];

impl Toolchain {
    /// Compiles the sources in `folder` to the program `output`; both are absolute.
    pub fn compile(&self, folder: &Path, output: &Path) -> Result<(), String> {
        let linker = self.linker()?;
        let mut command = Command::new(&self.compiler);
        command
            .current_dir(folder)
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .args(["--edition", "2024", "--crate-name", "init_program"])
            .args(["--crate-type", "bin", "--target", &self.target]);
        for option in CODE_OPTIONS {
            command.args(["-C", option]);
        }
        command
            .arg("-C")
            .arg(format!("linker={}", linker.display()))
            .arg(format!("--remap-path-prefix={}=/init", folder.display()))
            .arg("-o")
            .arg(output)
            .arg("program/main.rs");
        match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("compiling the initrd program failed: {status}")),
            Err(error) => Err(format!("cannot run {}: {error}", self.compiler)),
        }
    }

    /// The linker that comes with the toolchain: the host's own would make the bytes depend on the host.
    fn linker(&self) -> Result<PathBuf, String> {
        let output = Command::new(&self.compiler).args(["--print", "sysroot"]).output();
        let output = output.map_err(|error| format!("cannot run {}: {error}", self.compiler))?;
        let sysroot = String::from_utf8(output.stdout).map_err(|error| error.to_string())?;
        let folder = Path::new(sysroot.trim()).join("lib/rustlib").join(&self.host);
        let linker = folder.join("bin/rust-lld");
        match linker.is_file() {
            true => Ok(linker),
            false => Err(format!(
                "the toolchain has no linker of its own at {}",
                linker.display()
            )),
        }
    }
}
