//! The index files themselves, text and binary.

use super::trie::Index;
use super::{Builtin, Module, module_name};
use std::collections::BTreeMap;
use std::fmt::Write;

/// All index files by name.
pub(super) fn write(modules: &[Module], builtin: &Builtin) -> Vec<(String, Vec<u8>)> {
    let (dep, dep_bin) = dependencies(modules);
    let (alias, alias_bin) = aliases(modules);
    let (symbols, symbols_bin) = symbols(modules);
    let files = [
        ("modules.alias", alias.into_bytes()),
        ("modules.alias.bin", alias_bin.encode()),
        ("modules.builtin.alias.bin", builtin_aliases(builtin).encode()),
        ("modules.builtin.bin", builtin_names(builtin).encode()),
        ("modules.dep", dep.into_bytes()),
        ("modules.dep.bin", dep_bin.encode()),
        ("modules.devname", device_names(modules).into_bytes()),
        (
            "modules.softdep",
            loose("softdep", "# Soft dependencies", modules).into_bytes(),
        ),
        ("modules.symbols", symbols.into_bytes()),
        ("modules.symbols.bin", symbols_bin.encode()),
        (
            "modules.weakdep",
            loose("weakdep", "# Weak dependencies", modules).into_bytes(),
        ),
    ];
    files.map(|(name, content)| (name.to_owned(), content)).into()
}

fn priority(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn dependencies(modules: &[Module]) -> (String, Index) {
    let (mut text, mut index) = (String::new(), Index::default());
    for (number, module) in modules.iter().enumerate() {
        let mut line = format!("{}:", module.path);
        for dependency in &module.dependencies {
            line.push(' ');
            line.push_str(&modules[*dependency].path);
        }
        index.insert(&module.name, priority(number), &line);
        text.push_str(&line);
        text.push('\n');
    }
    (text, index)
}

fn aliases(modules: &[Module]) -> (String, Index) {
    let mut text = String::from("# Aliases extracted from modules themselves.\n");
    let mut index = Index::default();
    for (number, module) in modules.iter().enumerate() {
        for (_, alias) in module.information.iter().filter(|(key, _)| key == "alias") {
            let _ = writeln!(text, "alias {alias} {}", module.name);
            if let Some(alias) = normalized(alias) {
                index.insert(&alias, priority(number), &module.name);
            }
        }
    }
    (text, index)
}

/// Dashes are underscores outside of brackets; an alias whose brackets do not match is left out.
fn normalized(alias: &str) -> Option<String> {
    let mut inside = false;
    let mut result = String::with_capacity(alias.len());
    for letter in alias.chars() {
        match letter {
            '[' => inside = true,
            ']' if !inside => return None,
            ']' => inside = false,
            _ => {}
        }
        result.push(if letter == '-' && !inside { '_' } else { letter });
    }
    (!inside).then_some(result)
}

fn symbols(modules: &[Module]) -> (String, Index) {
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, module) in modules.iter().enumerate() {
        owners.extend(module.exports.iter().map(|symbol| (symbol.as_str(), number)));
    }
    let mut text = String::from("# Aliases for symbols, used by symbol_request().\n");
    let mut index = Index::default();
    for (symbol, number) in owners {
        let key = format!("symbol:{symbol}");
        let _ = writeln!(text, "alias {key} {}", modules[number].name);
        index.insert(&key, priority(number), &modules[number].name);
    }
    (text, index)
}

/// Dependencies that modules only declare.
fn loose(kind: &str, title: &str, modules: &[Module]) -> String {
    let mut text = format!("{title} extracted from modules themselves.\n");
    for module in modules {
        for (_, value) in module.information.iter().filter(|(key, _)| key == kind) {
            let _ = writeln!(text, "{kind} {} {value}", module.name);
        }
    }
    text
}

/// Device nodes whose first use loads a module: those with a `devname:` and a number among their aliases.
fn device_names(modules: &[Module]) -> String {
    let mut text = String::new();
    for module in modules {
        let aliases = module.information.iter().filter(|(key, _)| key == "alias");
        let (mut name, mut number) = (None, None);
        for (_, alias) in aliases {
            if let Some(found) = alias.strip_prefix("devname:") {
                name = Some(found);
            }
            let device = alias.strip_prefix("char-major-").map(|rest| ('c', rest));
            let device = device.or_else(|| alias.strip_prefix("block-major-").map(|rest| ('b', rest)));
            number = number.or_else(|| device.and_then(|(kind, rest)| device_number(kind, rest)));
        }
        if let (Some(name), Some(number)) = (name, number) {
            let _ = writeln!(text, "{} {name} {number}", module.name);
        }
    }
    if text.is_empty() {
        text
    } else {
        format!("# Device nodes to trigger on-demand module loading.\n{text}")
    }
}

fn device_number(kind: char, rest: &str) -> Option<String> {
    let (major, minor) = rest.split_once('-')?;
    let (major, minor): (u32, u32) = (major.parse().ok()?, minor.parse().ok()?);
    Some(format!("{kind}{major}:{minor}"))
}

fn builtin_names(builtin: &Builtin) -> Index {
    let mut index = Index::default();
    builtin
        .list
        .lines()
        .filter(|line| !line.is_empty())
        .for_each(|line| index.insert(&module_name(line), 0, ""));
    index
}

/// Lines of the information read `module.key=value`.
fn builtin_aliases(builtin: &Builtin) -> Index {
    let mut index = Index::default();
    for string in builtin.information.split('\0') {
        let Some((module, rest)) = string.split_once('.') else {
            continue;
        };
        if let Some(alias) = rest.strip_prefix("alias=").and_then(normalized) {
            index.insert(&alias, 0, module);
        }
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_normalized_outside_of_brackets() {
        let cases = [
            ("crypto-md5", Some("crypto_md5")),
            ("a[0-9]-b", Some("a[0-9]_b")),
            ("a[", None),
            ("a]", None),
        ];
        for (input, expected) in cases {
            assert_eq!(normalized(input).as_deref(), expected, "{input}");
        }
    }

    #[test]
    fn device_nodes_need_a_name_and_a_number() {
        let module = |aliases: &[&str]| Module {
            name: "fuse".into(),
            information: aliases
                .iter()
                .map(|alias| ("alias".to_owned(), (*alias).to_owned()))
                .collect(),
            ..Module::default()
        };
        let complete = module(&["devname:fuse", "char-major-10-229"]);
        assert!(device_names(&[complete]).ends_with("fuse fuse c10:229\n"));
        assert_eq!(
            device_names(&[module(&["devname:fuse"]), module(&["char-major-10-1"])]),
            ""
        );
    }
}
