//! Builtins that fetch.

use std::collections::BTreeMap;

use nix_formats::Hash;
use serde_json::Value as Json;

use super::attrs::unsupported_argument;
use super::hashes::expected;
use super::stored::store_string;
use crate::coerce::Coercion;
use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::paths;
use crate::sources::Pos;
use crate::value::{Thunk, Value};
use crate::world::{FetchRequest, Fetched};

/// What `fetchurl` and `fetchTarball` take.
struct Arguments {
    url: String,
    name: Option<String>,
    expected: Option<Hash>,
}

fn arguments_of<'a>(
    evaluator: &Evaluator<'a>,
    thunk: &'a Thunk<'a>,
    builtin: &str,
    pos: Pos,
) -> Result<Arguments, Error> {
    let value = evaluator.force(thunk)?;
    let mut arguments = Arguments {
        url: String::new(),
        name: None,
        expected: None,
    };
    match value {
        Value::Attrs(attrs) => {
            for attr in attrs.entries() {
                let plain = || evaluator.force_plain(attr.value, attr.pos);
                match evaluator.name(attr.name) {
                    "url" => arguments.url = plain()?.to_owned(),
                    "name" => arguments.name = Some(plain()?.to_owned()),
                    "sha256" => {
                        arguments.expected = expected(evaluator, evaluator.force(attr.value)?, attr.pos)?;
                    }
                    other => return Err(unsupported_argument(other, builtin).at(attr.pos)),
                }
            }
        }
        _ => arguments.url = evaluator.force_plain(thunk, pos)?.to_owned(),
    }
    if arguments.url.is_empty() {
        return Err(ErrorData::new(ErrorKind::Type, "'url' argument required").at(pos));
    }
    if arguments.expected.is_none() && evaluator.settings.pure {
        let message = format!("in pure evaluation mode, '{builtin}' requires a 'sha256' argument");
        return Err(ErrorData::new(ErrorKind::Impure, message).at(pos));
    }
    Ok(arguments)
}

fn fetch<'a>(evaluator: &Evaluator<'a>, request: &FetchRequest, pos: Pos) -> Result<Fetched, Error> {
    evaluator
        .world
        .fetch(request)
        .map_err(|source| evaluator.outside(source).at(pos))
}

pub(super) fn fetch_url<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let Arguments { url, name, expected } = arguments_of(evaluator, arguments[0], "fetchurl", pos)?;
    let name = name.unwrap_or_else(|| paths::base_name(&url).to_owned());
    let fetched = fetch(evaluator, &FetchRequest::File { url, name, expected }, pos)?;
    Ok(store_string(evaluator, &fetched.path))
}

pub(super) fn fetch_tarball<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let Arguments { url, name, expected } = arguments_of(evaluator, arguments[0], "fetchTarball", pos)?;
    let name = name.unwrap_or_else(|| "source".to_owned());
    let fetched = fetch(evaluator, &FetchRequest::Archive { url, name, expected }, pos)?;
    Ok(store_string(evaluator, &fetched.path))
}

fn tree<'a>(evaluator: &Evaluator<'a>, attributes: BTreeMap<String, Json>, pos: Pos) -> Evaluated<'a> {
    let fetched = fetch(evaluator, &FetchRequest::Tree { attributes }, pos)?;
    let mut attrs = vec![evaluator.attr("outPath", store_string(evaluator, &fetched.path))];
    for (name, value) in &fetched.attributes {
        attrs.push(evaluator.attr(name, evaluator.value_of_json(value)));
    }
    Ok(evaluator.attrs(attrs))
}

/// The attributes of a flake input; paths in them are not copied to the store.
fn attributes_of<'a>(
    evaluator: &Evaluator<'a>,
    thunk: &'a Thunk<'a>,
    builtin: &str,
    pos: Pos,
) -> Result<BTreeMap<String, Json>, Error> {
    let Value::Attrs(attrs) = evaluator.force(thunk)? else {
        let how = Coercion {
            more: false,
            copy: false,
        };
        let url = evaluator.coerce_thunk(thunk, how, pos)?;
        let url = String::from_utf8_lossy(evaluator.as_text(url, pos)?.bytes).into_owned();
        return Ok(BTreeMap::from([("url".to_owned(), Json::from(url))]));
    };
    let mut attributes = BTreeMap::new();
    for attr in attrs.entries() {
        let name = evaluator.name(attr.name);
        let value = match evaluator.force(attr.value)? {
            Value::String(text) | Value::Path(text) => Json::from(evaluator.utf8(text.bytes, attr.pos)?),
            Value::Bool(value) => Json::from(value),
            Value::Int(number) => Json::from(number),
            Value::Null => continue,
            _ if name == "publicKeys" => evaluator.to_json_value(attr.value, attr.pos, &mut Vec::new())?,
            other => {
                let message = format!(
                    "argument '{name}' to '{builtin}' is {} while a string, Boolean or integer is expected",
                    other.described()
                );
                return Err(ErrorData::new(ErrorKind::Type, message).at(attr.pos));
            }
        };
        attributes.insert(name.to_owned(), value);
    }
    Ok(attributes)
}

pub(super) fn fetch_tree<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let attributes = attributes_of(evaluator, arguments[0], "fetchTree", pos)?;
    tree(evaluator, attributes, pos)
}

pub(super) fn fetch_git<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let mut attributes = attributes_of(evaluator, arguments[0], "fetchGit", pos)?;
    attributes.insert("type".to_owned(), Json::from("git"));
    tree(evaluator, attributes, pos)
}

pub(super) fn fetch_mercurial<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let mut attributes = attributes_of(evaluator, arguments[0], "fetchMercurial", pos)?;
    attributes.insert("type".to_owned(), Json::from("hg"));
    tree(evaluator, attributes, pos)
}

pub(super) fn get_flake<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let reference = evaluator.force_plain(arguments[0], pos)?.to_owned();
    let fetched = fetch(evaluator, &FetchRequest::Flake { reference }, pos)?;
    let message = "'builtins.getFlake' has no way to call the outputs";
    let call = fetched.attributes.get("call").and_then(Json::as_str);
    let call = call.ok_or_else(|| ErrorData::new(ErrorKind::Other, message).at(pos))?;
    let origin = crate::sources::Origin::Text("call-flake".to_owned());
    let code = evaluator.compile_text(call, origin, "/", None)?;
    let function = evaluator.eval(code, evaluator.empty_env)?;
    let argument = fetched.attributes.get("argument").cloned().unwrap_or_default();
    evaluator.call(
        function,
        &[evaluator.done(evaluator.value_of_json(&argument))],
        pos,
    )
}

pub(super) fn parse_flake_ref<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let reference = Json::from(evaluator.force_plain(arguments[0], pos)?);
    let parsed = evaluator.world.host_function("parseFlakeRef", reference);
    let parsed = parsed.map_err(|source| evaluator.outside(source).at(pos))?;
    Ok(evaluator.value_of_json(&parsed))
}

pub(super) fn flake_ref_to_string<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    evaluator.force_attrs(arguments[0], pos)?;
    let attributes = evaluator.to_json_value(arguments[0], pos, &mut Vec::new())?;
    let text = evaluator.world.host_function("flakeRefToString", attributes);
    let text = text.map_err(|source| evaluator.outside(source).at(pos))?;
    Ok(evaluator.value_of_json(&text))
}
