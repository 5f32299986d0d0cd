//! Compiles the initrd program, which the library then holds.

mod compile;

use std::path::PathBuf;

fn main() {
    for path in ["program", "src", "compile.rs", "build.rs"] {
        println!("cargo::rerun-if-changed={path}");
    }
    let toolchain = compile::Toolchain {
        compiler: variable("RUSTC"),
        host: variable("HOST"),
        target: variable("TARGET"),
    };
    if !toolchain.target.starts_with("x86_64-") {
        panic!(
            "the initrd program has no system call layer for {} yet; add program/arch/",
            toolchain.target
        );
    }
    let output = PathBuf::from(variable("OUT_DIR")).join("init");
    let folder = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    if let Err(error) = toolchain.compile(&folder, &output) {
        panic!("{error}");
    }
    println!("cargo::rustc-env=HARDPAN_INIT_PROGRAM={}", output.display());
    // The tests compile the program again, elsewhere.
    println!("cargo::rustc-env=HARDPAN_INIT_COMPILER={}", toolchain.compiler);
    println!("cargo::rustc-env=HARDPAN_INIT_HOST={}", toolchain.host);
    println!("cargo::rustc-env=HARDPAN_INIT_TARGET={}", toolchain.target);
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo does not set {name}"))
}
