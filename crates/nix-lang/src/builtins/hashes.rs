//! Builtins that hash and write hashes in other ways.

use nix_formats::hash::HashError;
use nix_formats::{Hash, HashAlgorithm};

use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::sources::Pos;
use crate::value::{Thunk, Value};

pub(super) fn algorithm<'a>(
    evaluator: &Evaluator<'a>,
    thunk: &'a Thunk<'a>,
    pos: Pos,
) -> Result<HashAlgorithm, Error> {
    let name = evaluator.force_plain(thunk, pos)?;
    name.parse().map_err(|error: HashError| {
        if name == "blake3" {
            return ErrorData::new(
                ErrorKind::Other,
                "experimental Nix feature 'blake3-hashes' is disabled; it is not supported here",
            )
            .at(pos);
        }
        ErrorData::new(ErrorKind::Type, error.to_string()).at(pos)
    })
}

pub(super) fn hash_string<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let algorithm = algorithm(evaluator, arguments[0], pos)?;
    let text = evaluator.force_text(arguments[1], pos)?;
    Ok(evaluator.string(&Hash::of(algorithm, text.bytes).to_base16()))
}

pub(super) fn hash_file<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let algorithm = algorithm(evaluator, arguments[0], pos)?;
    let path = evaluator.path_argument(arguments[1], pos)?;
    let content = evaluator.read_file(&path, pos)?;
    Ok(evaluator.string(&Hash::of(algorithm, &content).to_base16()))
}

pub(super) fn convert_hash<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let attrs = evaluator.force_attrs(arguments[0], pos)?;
    let get = |name: &str| attrs.get(evaluator.symbol(name)).map(|attr| attr.value);
    let required = |name: &str| {
        let symbol = evaluator.symbol(name);
        get(name).ok_or_else(|| evaluator.missing_attribute(symbol, attrs).at(pos))
    };
    let text = evaluator.force_plain(required("hash")?, pos)?;
    let known = match get("hashAlgo") {
        Some(thunk) => Some(algorithm(evaluator, thunk, pos)?),
        None => None,
    };
    let hash = Hash::parse_any(text, known).map_err(|error| evaluator.outside(error.into()).at(pos))?;
    let converted = match evaluator.force_plain(required("toHashFormat")?, pos)? {
        "base16" => hash.to_base16(),
        "nix32" | "base32" => hash.to_nix32(),
        "base64" => hash.to_base64(),
        "sri" => hash.to_sri(),
        other => {
            let message =
                format!("unknown hash format '{other}', expect 'base16', 'base32', 'base64', or 'sri'");
            return Err(ErrorData::new(ErrorKind::Type, message).at(pos));
        }
    };
    Ok(evaluator.string(&converted))
}

/// A hash from the attributes `hash`, `sha256` and the like of a fetcher.
pub(super) fn expected<'a>(
    evaluator: &Evaluator<'a>,
    value: Value<'a>,
    pos: Pos,
) -> Result<Option<Hash>, Error> {
    let text = evaluator.as_text(value, pos)?;
    let text = evaluator.utf8(text.bytes, pos)?;
    if text.is_empty() {
        return Ok(None);
    }
    Hash::parse_any(text, Some(HashAlgorithm::Sha256))
        .map(Some)
        .map_err(|error| evaluator.outside(error.into()).at(pos))
}
