//! Reads the URL forms of inputs.

use crate::attributes::Attributes;
use crate::input::{GIT_SWITCHES, GIT_TEXTS, is_tarball};
use crate::url::Url;

/// What `git+…` may wrap.
const GIT_SCHEMES: &[&str] = &["git", "git+http", "git+https", "git+ssh", "git+file"];

/// The attribute form of what `url` names, or why it names no input.
pub(crate) fn attributes_of(url: &Url) -> Result<Attributes, String> {
    let (application, transport) = url.scheme.split_once('+').unwrap_or(("", &url.scheme));
    match url.scheme.as_str() {
        "path" => path_attributes(url),
        "flake" => indirect_attributes(&url.path, url),
        "github" | "gitlab" | "sourcehut" => forge_attributes(url),
        "debian" => debian_attributes(url),
        "hardpan" => Ok([("type", "hardpan")].into_iter().collect()),
        scheme if GIT_SCHEMES.contains(&scheme) => Ok(git_attributes(url)),
        _ if matches!(transport, "http" | "https" | "file") => match application {
            "" if is_tarball(&url.path) => Ok(transfer_attributes("tarball", transport, url)),
            "" => Ok(transfer_attributes("file", transport, url)),
            "tarball" | "file" => Ok(transfer_attributes(application, transport, url)),
            _ => Err("this kind of address is not supported".to_owned()),
        },
        _ => Err("this kind of address is not supported".to_owned()),
    }
}

fn path_attributes(url: &Url) -> Result<Attributes, String> {
    if url
        .authority
        .as_deref()
        .is_some_and(|authority| !authority.is_empty())
    {
        return Err("a path URL has no authority".to_owned());
    }
    let mut attributes: Attributes = [("type", "path"), ("path", &url.path)].into_iter().collect();
    for (name, value) in &url.query {
        match name.as_str() {
            "rev" | "narHash" => attributes.set(name, value.as_str()),
            "revCount" | "lastModified" => {
                let number: u64 = value.parse().map_err(|_| format!("'{name}' is not a number"))?;
                attributes.set(name, number);
            }
            _ => return Err(format!("'{name}' is not a parameter of a path")),
        }
    }
    Ok(attributes)
}

fn git_attributes(url: &Url) -> Attributes {
    let mut attributes: Attributes = [("type", "git")].into_iter().collect();
    let mut inner = url.clone();
    inner.query.clear();
    if let Some(scheme) = url.scheme.strip_prefix("git+") {
        inner.scheme = scheme.to_owned();
    }
    for (name, value) in &url.query {
        if GIT_TEXTS.contains(&name.as_str()) {
            attributes.set(name, value.as_str());
        } else if GIT_SWITCHES.contains(&name.as_str()) {
            attributes.set(name, value == "1");
        } else {
            inner.query.insert(name.clone(), value.clone());
        }
    }
    attributes.set("url", inner.to_text());
    attributes
}

fn transfer_attributes(kind: &str, transport: &str, url: &Url) -> Attributes {
    let mut attributes: Attributes = [("type", kind)].into_iter().collect();
    let mut inner = url.clone();
    inner.scheme = transport.to_owned();
    if let Some(rev) = inner.query.remove("rev") {
        attributes.set("rev", rev);
    }
    if let Some(count) = inner
        .query
        .remove("revCount")
        .and_then(|count| count.parse::<u64>().ok())
    {
        attributes.set("revCount", count);
    }
    if let Some(hash) = inner.query.remove("narHash") {
        attributes.set("narHash", hash);
    }
    attributes.set("url", inner.to_text());
    attributes
}

fn forge_attributes(url: &Url) -> Result<Attributes, String> {
    let parts: Vec<&str> = url.path.trim_matches('/').splitn(3, '/').collect();
    let [owner, repo, ref rest @ ..] = parts[..] else {
        return Err(format!("expect '{}:<owner>/<repository>'", url.scheme));
    };
    let mut attributes: Attributes = [("type", url.scheme.as_str()), ("owner", owner), ("repo", repo)]
        .into_iter()
        .collect();
    if let Some(&selection) = rest.first() {
        set_selection(&mut attributes, selection)?;
    }
    for (name, value) in &url.query {
        match name.as_str() {
            "ref" | "rev" if attributes.get("ref").or(attributes.get("rev")).is_some() => {
                return Err("it has both a branch or revision in its path and in its parameters".to_owned());
            }
            "rev" if !is_revision(value) => return Err(format!("'{value}' is not a revision")),
            "ref" | "rev" | "host" | "narHash" => attributes.set(name, value.as_str()),
            _ => return Err(format!("'{name}' is not a parameter here")),
        }
    }
    Ok(attributes)
}

fn indirect_attributes(path: &str, url: &Url) -> Result<Attributes, String> {
    let parts: Vec<&str> = path.split('/').collect();
    let mut attributes: Attributes = [("type", "indirect"), ("id", parts[0])].into_iter().collect();
    if !is_flake_id(parts[0]) {
        return Err(format!("'{}' is not a flake identifier", parts[0]));
    }
    match parts[1..] {
        [] => {}
        [selection] => set_selection(&mut attributes, selection)?,
        [reference, rev] if is_revision(rev) => {
            attributes.set("ref", reference);
            attributes.set("rev", rev);
        }
        _ => return Err("expect '<id>[/<branch>[/<revision>]]'".to_owned()),
    }
    for name in ["ref", "rev"] {
        if let Some(value) = url.query.get(name) {
            attributes.set(name, value.as_str());
        }
    }
    if attributes.text("id") == Some("hardpan") && parts.len() == 1 {
        return Ok([("type", "hardpan")].into_iter().collect());
    }
    Ok(attributes)
}

fn debian_attributes(url: &Url) -> Result<Attributes, String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte);
    if url.path.is_empty() || !url.path.bytes().all(allowed) {
        return Err("expect 'debian:<suite>', such as 'debian:trixie'".to_owned());
    }
    let mut attributes: Attributes = [("type", "debian"), ("suite", &url.path)].into_iter().collect();
    for (name, value) in &url.query {
        match name.as_str() {
            "type" | "suite" => return Err(format!("'{name}' is not a parameter here")),
            "lastModified" => {
                let seconds: u64 = value
                    .parse()
                    .map_err(|_| "'lastModified' is not a number".to_owned())?;
                attributes.set(name, seconds);
            }
            _ => attributes.set(name, value.as_str()),
        }
    }
    Ok(attributes)
}

fn set_selection(attributes: &mut Attributes, selection: &str) -> Result<(), String> {
    if is_revision(selection) {
        attributes.set("rev", selection);
    } else if is_reference(selection) {
        attributes.set("ref", selection);
    } else {
        return Err(format!("'{selection}' is not a branch, tag or revision"));
    }
    Ok(())
}

/// Whether `text` is a full commit id.
pub(crate) fn is_revision(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether `text` may name a branch or tag.
pub(crate) fn is_reference(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_./@+-".contains(&byte);
    let first = text.bytes().next();
    first.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'@' || byte == b'_')
        && text.bytes().all(allowed)
        && !text.contains("..")
        && !text.ends_with(".lock")
        && !text.ends_with('/')
}

/// Whether git allows `text` as the name of a branch, a tag or another reference (`git check-ref-format`). One that
/// begins with a dash could be taken for an option.
pub(crate) fn is_reference_name(text: &str) -> bool {
    let forbidden = |char: char| char.is_control() || " ~^:?*[\\".contains(char);
    let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    !text.starts_with('-')
        && text != "@"
        && text.split('/').all(is_part)
        && !text.contains(forbidden)
        && !text.contains("..")
        && !text.contains("@{")
        && !text.ends_with('.')
}

/// Whether `text` may name a flake in a registry, or an input.
pub(crate) fn is_flake_id(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}
