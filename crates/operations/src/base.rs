//! The base that the program carries: `lib/`, `modules/`, `pkgs/` and templates.

use flake::{Base, BaseFile};

/// The files, sorted by path.
const FILES: &[BaseFile<'static>] = include!(concat!(env!("OUT_DIR"), "/base.rs"));

/// The embedded base, which is the flake `hardpan`.
pub fn base() -> Base<'static> {
    Base {
        version: env!("CARGO_PKG_VERSION"),
        files: FILES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_holds_its_files_once_and_in_order() {
        let paths: Vec<&str> = FILES.iter().map(|file| file.path).collect();
        assert!(paths.contains(&"lib/default.nix"), "{paths:?}");
        assert!(
            paths
                .windows(2)
                .all(|pair| pair[0].split('/').lt(pair[1].split('/'))),
            "{paths:?}"
        );
        assert!(
            !paths
                .iter()
                .any(|path| path.split('/').any(|part| part == "tests"))
        );
    }
}
