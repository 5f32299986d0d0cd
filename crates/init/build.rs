//! Compiles the initrd program with the same compiler as everything else, without libc and for the host's
//! target, so that its bytes depend on nothing but the compiler's version and the sources.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    for folder in ["program", "src"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    let manifest = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let output = PathBuf::from(variable("OUT_DIR")).join("init");
    let compiler = variable("RUSTC");
    let target = variable("TARGET");
    if !target.starts_with("x86_64-") {
        panic!("the initrd program has no system call layer for {target} yet; add program/arch/");
    }
    let linker = linker_of(&compiler, &variable("HOST"));
    let status = Command::new(&compiler)
        .current_dir(&manifest)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .args([
            "--edition",
            "2024",
            "--crate-name",
            "init_program",
            "--crate-type",
            "bin",
        ])
        .args(["--target", &target])
        .args([
            "-C",
            "panic=abort",
            "-C",
            "opt-level=s",
            "-C",
            "codegen-units=1",
            "-C",
            "lto=fat",
        ])
        .args([
            "-C",
            "strip=symbols",
            "-C",
            "relocation-model=static",
            "-C",
            "debuginfo=0",
        ])
        .args(["-C", "force-unwind-tables=no", "-C", "link-self-contained=no"])
        .args(["-C", "metadata=hardpan-init", "-C", "linker-flavor=ld.lld"])
        .arg("-C")
        .arg(format!("linker={}", linker.display()))
        .args([
            "-C",
            "link-args=-static -nostdlib --build-id=none --gc-sections -z noseparate-code",
        ])
        .arg(format!("--remap-path-prefix={}=/init", manifest.display()))
        .arg("-o")
        .arg(&output)
        .arg("program/main.rs")
        .status();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => panic!("compiling the initrd program failed: {status}"),
        Err(error) => panic!("cannot run {compiler}: {error}"),
    }
    println!("cargo::rustc-env=HARDPAN_INIT_PROGRAM={}", output.display());
}

/// The linker that comes with the toolchain: the host's own would make the bytes depend on the host.
fn linker_of(compiler: &str, host: &str) -> PathBuf {
    let output = Command::new(compiler).args(["--print", "sysroot"]).output();
    let output = output.unwrap_or_else(|error| panic!("cannot run {compiler}: {error}"));
    let sysroot = String::from_utf8(output.stdout).expect("the compiler prints its folder as UTF-8");
    let folder = Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(host)
        .join("bin");
    let linker = folder.join("rust-lld");
    assert!(
        linker.is_file(),
        "the toolchain has no linker of its own at {}",
        linker.display()
    );
    linker
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo does not set {name}"))
}
