//! The description of a root file system that the linker obeys, as modules write it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The only version of [`RootSpec`] that this linker understands.
pub const ROOT_SPEC_VERSION: u32 = 1;

/// Everything that decides the content of one root file system.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RootSpec {
    /// Version of this format, [`ROOT_SPEC_VERSION`].
    pub version: u32,
    /// Name of the machine image.
    pub name: String,
    /// Time given to every file, in seconds since 1970.
    #[serde(default)]
    pub epoch: u64,
    /// Debian packages whose objects are merged.
    #[serde(default)]
    pub packages: Vec<PackageSpec>,
    /// Objects of what was computed from packages, such as byte code. Package databases do not know them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub computed: Vec<ComputedSpec>,
    /// Globs, relative to `/etc`, of package files kept there; other `/etc` files of packages are dropped.
    #[serde(default)]
    pub keep_etc: Vec<String>,
    /// Globs of absolute paths left out of the image.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Generated files, links and directories.
    #[serde(default)]
    pub files: Vec<FileSpec>,
    /// Users and groups.
    #[serde(default)]
    pub accounts: AccountsSpec,
    /// Modes, owners and capabilities that packages do not carry themselves.
    #[serde(default)]
    pub permissions: Vec<PermissionSpec>,
    /// Links that update-alternatives would make.
    #[serde(default)]
    pub alternatives: Vec<AlternativeSpec>,
    /// Which package wins a path that several own.
    #[serde(default)]
    pub prefer: Vec<PreferSpec>,
    /// Package files moved elsewhere.
    #[serde(default)]
    pub diversions: Vec<DiversionSpec>,
    /// systemd units to enable and mask.
    #[serde(default)]
    pub units: UnitsSpec,
    /// What to do with `tmpfiles.d`.
    #[serde(default)]
    pub tmpfiles: TmpfilesSpec,
    /// Owners and modes of state directories.
    #[serde(default)]
    pub state_owners: Vec<StateOwnerSpec>,
    /// Which derived files to make.
    #[serde(default)]
    pub derive: DeriveSpec,
    /// Maintainer scripts that somebody has read and accounted for.
    #[serde(default)]
    pub scripts: Vec<ScriptSpec>,
    /// Globs of absolute paths of package files that may lack an interpreter or a shared library. Without it,
    /// what is missing is only recorded in the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_miss: Option<Vec<String>>,
    /// Checks of generated files that were left out, for the manifest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks_off: Vec<String>,
    /// Store paths that come in, with their closure, under `/nix/store`.
    #[serde(default)]
    pub store_paths: Vec<String>,
    /// Store paths whose programs and shared files are linked into `/usr`.
    #[serde(default)]
    pub profile: Vec<ProfileSpec>,
    /// Debian packages whose programs somebody asked for by name, with their priorities.
    #[serde(default)]
    pub visible_packages: BTreeMap<String, i64>,
}

/// A store path of the profile.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileSpec {
    /// The store path.
    pub path: String,
    /// What decides between files of one name: the smaller number wins.
    pub priority: i64,
}

/// One Debian package of the image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PackageSpec {
    /// Debian name.
    pub name: String,
    /// Debian version.
    #[serde(default)]
    pub version: String,
    /// Debian architecture.
    #[serde(default)]
    pub architecture: String,
    /// Store path of the compiled object.
    pub object: String,
    /// Source package.
    #[serde(default)]
    pub source: String,
    /// Version of the source package.
    #[serde(default)]
    pub source_version: String,
    /// The archive that it comes from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub archive: String,
    /// The suite of that archive.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suite: String,
    /// Whether another publisher than that of the distribution made it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub foreign: bool,
}

/// An object that no package ships as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComputedSpec {
    /// What it is, as the manifest calls it.
    pub name: String,
    /// Store path of the compiled object.
    pub object: String,
}

/// What a generated path is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// A regular file.
    #[default]
    File,
    /// A symbolic link.
    Symlink,
    /// A directory.
    Directory,
}

/// One generated path.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileSpec {
    /// Absolute path.
    pub path: String,
    /// What it is.
    #[serde(default)]
    pub kind: FileKind,
    /// Content of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// File (or directory) whose content is copied: a store path or a path below one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Target of a symbolic link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Octal mode; 0644 for files and 0755 for directories unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Owner by name or number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Group by name or number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// File capabilities in the text form of `setcap`, such as `cap_net_raw=ep`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<String>,
}

/// Users, groups and the ids pinned for them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountsSpec {
    /// Users of the configuration.
    #[serde(default)]
    pub users: Vec<UserSpec>,
    /// Groups of the configuration.
    #[serde(default)]
    pub groups: Vec<GroupSpec>,
    /// Ids that Debian allocates dynamically, pinned by name.
    #[serde(default)]
    pub registry: IdRegistry,
    /// Further lines of `/etc/shells`.
    #[serde(default)]
    pub shells: Vec<String>,
}

/// Pinned ids.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IdRegistry {
    /// User ids by name.
    #[serde(default)]
    pub users: BTreeMap<String, u32>,
    /// Group ids by name.
    #[serde(default)]
    pub groups: BTreeMap<String, u32>,
}

/// One user. Further attributes that modules write are ignored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UserSpec {
    /// Login name.
    pub name: String,
    /// Fixed user id.
    pub uid: Option<u32>,
    /// Primary group; the user's own name when empty.
    pub group: Option<String>,
    /// Supplementary groups.
    pub extra_groups: Vec<String>,
    /// Full name.
    pub description: Option<String>,
    /// Home directory.
    pub home: Option<String>,
    /// Login shell.
    pub shell: Option<String>,
    /// Hash for `/etc/shadow`; locked (`!*`) when absent.
    pub hashed_password: Option<String>,
    /// Whether a home directory is made on the state partition.
    pub create_home: bool,
    /// Octal mode of the home directory.
    pub home_mode: Option<String>,
    /// Whether the account belongs to a service.
    pub is_system_user: bool,
    /// Subordinate user ids.
    pub sub_uid_ranges: Vec<SubIdRange>,
    /// Subordinate group ids.
    pub sub_gid_ranges: Vec<SubIdRange>,
}

/// One range of subordinate ids.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubIdRange {
    /// First id.
    #[serde(alias = "startUid", alias = "startGid")]
    pub start: u32,
    /// Number of ids.
    #[serde(default = "default_sub_id_count")]
    pub count: u32,
}

fn default_sub_id_count() -> u32 {
    65536
}

/// One group. Further attributes that modules write are ignored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GroupSpec {
    /// Group name.
    pub name: String,
    /// Fixed group id.
    pub gid: Option<u32>,
    /// Members by name.
    pub members: Vec<String>,
}

/// Mode, owner or capabilities of one path of a package.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PermissionSpec {
    /// Absolute path.
    pub path: String,
    /// Octal mode.
    #[serde(default)]
    pub mode: Option<String>,
    /// Owner by name or number.
    #[serde(default)]
    pub user: Option<String>,
    /// Group by name or number.
    #[serde(default)]
    pub group: Option<String>,
    /// File capabilities in the text form of `setcap`.
    #[serde(default)]
    pub capabilities: Option<String>,
    /// Do not complain when the path is not in the image.
    #[serde(default)]
    pub optional: bool,
}

/// One link of the alternatives system.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AlternativeSpec {
    /// Absolute path of the link.
    pub path: String,
    /// Its target.
    pub target: String,
}

/// A decision between packages that own one path.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreferSpec {
    /// Absolute path.
    pub path: String,
    /// The package whose file is taken.
    pub package: String,
}

/// A package's file that goes elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiversionSpec {
    /// Absolute path in the package.
    pub path: String,
    /// The package whose file is moved.
    pub package: String,
    /// Absolute path in the image.
    pub to: String,
}

/// systemd units.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UnitsSpec {
    /// Units whose `[Install]` section is carried out.
    #[serde(default)]
    pub enable: Vec<String>,
    /// Units (or generators, by absolute path) linked to `/dev/null`.
    #[serde(default)]
    pub mask: Vec<String>,
    /// What `default.target` leads to.
    #[serde(default)]
    pub default_target: Option<String>,
}

/// `tmpfiles.d` handling.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TmpfilesSpec {
    /// Configuration files that are masked.
    #[serde(default)]
    pub mask: Vec<String>,
}

/// Owner and mode of a state directory that a package ships.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StateOwnerSpec {
    /// Absolute path below `/var`.
    pub path: String,
    /// Owner.
    #[serde(default)]
    pub user: Option<String>,
    /// Group.
    #[serde(default)]
    pub group: Option<String>,
    /// Octal mode.
    #[serde(default)]
    pub mode: Option<String>,
}

/// Derived files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeriveSpec {
    /// `modules.dep` and its indexes.
    pub kernel_modules: bool,
    /// `/etc/ssl/certs/ca-certificates.crt`.
    pub ca_bundle: bool,
    /// The package database for `dpkg` and scanners.
    pub dpkg_status: bool,
    /// `/etc/ld.so.cache`, which nothing needs yet: it must be false.
    pub ld_so_cache: bool,
}

/// A maintainer script that is accounted for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScriptSpec {
    /// Debian package.
    pub package: String,
    /// `preinst`, `postinst`, `prerm`, `postrm` or `config`.
    pub script: String,
    /// SHA-256 of the script, hexadecimal.
    pub sha256: String,
    /// Text that changes with each version of the package and that `@` stands for in what the SHA-256 is of: the
    /// scripts of a kernel hold its release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacing: Option<String>,
    /// The module that does what the script would have done, or why nothing needs doing.
    #[serde(default)]
    pub by: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_spec_needs_only_version_and_name() {
        let spec: RootSpec = serde_json::from_str(r#"{"version":1,"name":"x"}"#).expect("valid");
        assert_eq!(spec.name, "x");
        assert!(!spec.derive.ca_bundle);
    }

    #[test]
    fn a_field_nobody_knows_is_an_error() {
        let wrong = r#"{"version":1,"name":"x","excludes":[]}"#;
        assert!(
            serde_json::from_str::<RootSpec>(wrong)
                .unwrap_err()
                .to_string()
                .contains("excludes")
        );
    }
}
