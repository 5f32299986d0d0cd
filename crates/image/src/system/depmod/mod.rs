//! Indexes of kernel modules: `modules.dep` and the files beside it.

/// Kernel modules of one package, collected while it is compiled.
#[derive(Debug, Default)]
pub struct Collector {
    files: std::collections::BTreeMap<String, Vec<u8>>,
}

/// A kernel module cannot be indexed.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct DepmodError {
    /// Path of the module.
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Collector {
    /// Whether the indexes depend on this file.
    pub fn wants(&self, _path: &str) -> bool {
        false
    }

    /// Adds a file's content.
    pub fn add(&mut self, path: &str, content: Vec<u8>) {
        self.files.insert(path.into(), content);
    }

    /// The index files by path.
    pub fn derive(self) -> Result<Vec<(String, Vec<u8>)>, DepmodError> {
        Ok(Vec::new())
    }
}
