//! Checks that a commit is signed by a key that the input names (`verifyCommit`, `publicKey`, `publicKeys`).

use std::fs;

use serde_json::Value;

use super::repository::Repository;
use crate::{Error, Input};

/// What git says of a good signature by a key of our list, in which all keys are called `*`.
const GOOD: &str = "Good \"git\" signature for * with ";
const DEFAULT_KIND: &str = "ssh-ed25519";

/// Who may have signed a commit.
pub(super) struct Wanted {
    /// Lines for `ssh-keygen`; nothing if nobody asks for a signature.
    signers: Option<String>,
}

impl Wanted {
    /// What an input asks for.
    pub(super) fn of(input: &Input) -> Result<Self, Error> {
        let bad = |reason: &str| Error::Unsupported {
            input: input.to_text(),
            reason: reason.to_owned(),
        };
        let mut keys = Vec::new();
        if let Some(key) = input.text("publicKey") {
            keys.push((
                input.text("keytype").unwrap_or(DEFAULT_KIND).to_owned(),
                key.to_owned(),
            ));
        }
        if let Some(text) = input.text("publicKeys") {
            let listed: Vec<Value> =
                serde_json::from_str(text).map_err(|_| bad("'publicKeys' is not a list of keys"))?;
            for key in &listed {
                let kind = key["type"].as_str().unwrap_or(DEFAULT_KIND).to_owned();
                let text = key["key"]
                    .as_str()
                    .ok_or_else(|| bad("a key in 'publicKeys' has no 'key'"))?;
                keys.push((kind, text.to_owned()));
            }
        }
        let asked = input.attributes().get("verifyCommit").is_some();
        match (asked, input.attributes().is_true("verifyCommit"), keys.is_empty()) {
            (true, false, _) | (false, _, true) => return Ok(Self { signers: None }),
            (true, true, true) => {
                return Err(bad(
                    "'verifyCommit' needs a 'publicKey' or 'publicKeys' to check against",
                ));
            }
            _ => {}
        }
        let mut signers = String::new();
        for (kind, key) in keys {
            let kind = kind_in_file(&kind);
            if !is_word(kind) || !is_word(&key) {
                return Err(bad(
                    "a public key is not one word in base 64, as after 'ssh-ed25519' in a '.pub' file",
                ));
            }
            signers += &format!("* namespaces=\"git\" {kind} {key}\n");
        }
        Ok(Self {
            signers: Some(signers),
        })
    }

    /// Fails unless the commit is signed by one of the keys; nothing stands for changes that no commit holds.
    pub(super) fn check(
        &self,
        repository: &Repository,
        revision: Option<&str>,
        input: &Input,
    ) -> Result<(), Error> {
        let Some(signers) = &self.signers else {
            return Ok(());
        };
        let bad = |reason: String| Error::Unsupported {
            input: input.to_text(),
            reason,
        };
        let Some(revision) = revision else {
            return Err(bad(
                "its work tree has changes that no signed commit holds; commit them".to_owned(),
            ));
        };
        let folder = tempfile::tempdir().map_err(Error::files("make a folder in", std::env::temp_dir()))?;
        let file = folder.path().join("signers");
        fs::write(&file, signers).map_err(Error::files("write", &file))?;
        let allowed = format!("gpg.ssh.allowedSignersFile={}", file.display());
        let settings = [
            allowed.as_str(),
            "gpg.ssh.program=ssh-keygen",
            "gpg.program=false",
            "gpg.openpgp.program=false",
            "gpg.x509.program=false",
        ];
        let mut arguments: Vec<&str> = settings.iter().flat_map(|setting| ["-c", *setting]).collect();
        arguments.extend(["verify-commit", "--raw", revision]);
        let output = repository.command(&arguments).output();
        let output = output.map_err(|error| bad(format!("'git verify-commit' does not start: {error}")))?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() && said.lines().any(|line| line.starts_with(GOOD)) {
            return Ok(());
        }
        let said = match said.trim() {
            "" => "it has no signature",
            said => said,
        };
        Err(bad(format!(
            "commit {revision} is not signed by a key that the input names: {said}"
        )))
    }
}

/// The name of a kind of key in files of OpenSSH.
fn kind_in_file(kind: &str) -> &str {
    match kind {
        "ssh-ed25519-sk" => "sk-ssh-ed25519@openssh.com",
        "ssh-ecdsa-sk" => "sk-ecdsa-sha2-nistp256@openssh.com",
        "ssh-ecdsa" => "ecdsa-sha2-nistp256",
        "ssh-dsa" => "ssh-dss",
        kind => kind,
    }
}

fn is_word(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-.@".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}
