//! The builtins: a table of names, numbers of arguments and functions.

mod attrs;
mod context;
mod control;
mod derivation;
mod fetch;
mod files;
mod hashes;
mod host;
mod import;
mod json;
mod lists;
mod numbers;
mod regex;
mod search_path;
mod stored;
mod strings;
mod types;
mod versions;
mod xml;

pub use xml::XmlOptions;

use crate::eval::{Evaluated, Evaluator};
use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::value::{Attr, Thunk, Value};

/// What runs a builtin: the evaluator, as many arguments as it takes, and where it is called.
pub(crate) type Run = for<'e, 'a> fn(&'e Evaluator<'a>, &[&'a Thunk<'a>], Pos) -> Evaluated<'a>;

/// A function of this program.
#[derive(Debug)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// How many arguments it takes, at least one.
    pub arity: usize,
    pub(crate) run: Run,
}

const fn row(name: &'static str, arity: usize, run: Run) -> Builtin {
    Builtin { name, arity, run }
}

/// All functions, sorted by name.
static FUNCTIONS: &[Builtin] = &[
    row("abort", 1, control::abort),
    row("add", 2, numbers::add),
    row("addDrvOutputDependencies", 1, context::add_output_dependencies),
    row("addErrorContext", 2, control::add_error_context),
    row("all", 2, lists::all),
    row("any", 2, lists::any),
    row("appendContext", 2, context::append_context),
    row("attrNames", 1, attrs::attr_names),
    row("attrValues", 1, attrs::attr_values),
    row("baseNameOf", 1, files::base_name_of),
    row("bitAnd", 2, numbers::bit_and),
    row("bitOr", 2, numbers::bit_or),
    row("bitXor", 2, numbers::bit_xor),
    row("break", 1, control::break_point),
    row("catAttrs", 2, attrs::cat_attrs),
    row("ceil", 1, numbers::ceil),
    row("compareVersions", 2, versions::compare_versions),
    row("concatLists", 1, lists::concat_lists),
    row("concatMap", 2, lists::concat_map),
    row("concatStringsSep", 2, strings::concat_strings_sep),
    row("convertHash", 1, hashes::convert_hash),
    row("deepSeq", 2, control::deep_seq),
    row("derivationStrict", 1, derivation::derivation_strict),
    row("dirOf", 1, files::dir_of),
    row("div", 2, numbers::div),
    row("elem", 2, lists::elem),
    row("elemAt", 2, lists::elem_at),
    row("fetchGit", 1, fetch::fetch_git),
    row("fetchMercurial", 1, fetch::fetch_mercurial),
    row("fetchTarball", 1, fetch::fetch_tarball),
    row("fetchTree", 1, fetch::fetch_tree),
    row("fetchurl", 1, fetch::fetch_url),
    row("filter", 2, lists::filter),
    row("filterSource", 2, stored::filter_source),
    row("findFile", 2, search_path::find_file),
    row("flakeRefToString", 1, fetch::flake_ref_to_string),
    row("floor", 1, numbers::floor),
    row("foldl'", 3, lists::foldl_strict),
    row("fromJSON", 1, json::from_json),
    row("fromTOML", 1, json::from_toml),
    row("functionArgs", 1, types::function_args),
    row("genList", 2, lists::gen_list),
    row("genericClosure", 1, lists::generic_closure),
    row("getAttr", 2, attrs::get_attr),
    row("getContext", 1, context::get_context),
    row("getEnv", 1, control::get_env),
    row("getFlake", 1, fetch::get_flake),
    row("groupBy", 2, attrs::group_by),
    row("hasAttr", 2, attrs::has_attr),
    row("hasContext", 1, context::has_context),
    row("hashFile", 2, hashes::hash_file),
    row("hashString", 2, hashes::hash_string),
    row("head", 1, lists::head),
    row("import", 1, import::import),
    row("intersectAttrs", 2, attrs::intersect_attrs),
    row("isAttrs", 1, types::is_attrs),
    row("isBool", 1, types::is_bool),
    row("isFloat", 1, types::is_float),
    row("isFunction", 1, types::is_function),
    row("isInt", 1, types::is_int),
    row("isList", 1, types::is_list),
    row("isNull", 1, types::is_null),
    row("isPath", 1, types::is_path),
    row("isString", 1, types::is_string),
    row("length", 1, lists::length),
    row("lessThan", 2, numbers::less_than),
    row("listToAttrs", 1, attrs::list_to_attrs),
    row("map", 2, lists::map),
    row("mapAttrs", 2, attrs::map_attrs),
    row("match", 2, regex::match_whole),
    row("mul", 2, numbers::mul),
    row("outputOf", 2, derivation::output_of),
    row("parseDrvName", 1, versions::parse_drv_name),
    row("parseFlakeRef", 1, fetch::parse_flake_ref),
    row("partition", 2, lists::partition),
    row("path", 1, stored::path),
    row("pathExists", 1, files::path_exists),
    row("placeholder", 1, derivation::placeholder),
    row("readDir", 1, files::read_dir),
    row("readFile", 1, files::read_file),
    row("readFileType", 1, files::read_file_type),
    row("removeAttrs", 2, attrs::remove_attrs),
    row("replaceStrings", 3, strings::replace_strings),
    row("scopedImport", 2, import::scoped_import),
    row("seq", 2, control::seq),
    row("sort", 2, lists::sort),
    row("split", 2, regex::split),
    row("splitVersion", 1, versions::split_version),
    row("storePath", 1, stored::store_path),
    row("stringLength", 1, strings::string_length),
    row("sub", 2, numbers::sub),
    row("substring", 3, strings::substring),
    row("tail", 1, lists::tail),
    row("throw", 1, control::throw),
    row("toFile", 2, stored::to_file),
    row("toJSON", 1, json::to_json),
    row("toPath", 1, files::to_path),
    row("toString", 1, strings::to_string),
    row("toXML", 1, xml::to_xml),
    row("trace", 2, control::trace),
    row("traceVerbose", 2, control::trace_verbose),
    row("tryEval", 1, control::try_eval),
    row("typeOf", 1, types::type_of),
    row(
        "unsafeDiscardOutputDependency",
        1,
        context::discard_output_dependency,
    ),
    row("unsafeDiscardStringContext", 1, context::discard_context),
    row("unsafeGetAttrPos", 2, attrs::attr_pos),
    row("warn", 2, control::warn),
    row("zipAttrsWith", 2, attrs::zip_attrs_with),
];

/// Functions that expressions see without `builtins.`.
const GLOBAL: &[&str] = &[
    "abort",
    "baseNameOf",
    "break",
    "derivationStrict",
    "dirOf",
    "fetchGit",
    "fetchMercurial",
    "fetchTarball",
    "fetchTree",
    "fromTOML",
    "import",
    "isNull",
    "map",
    "placeholder",
    "removeAttrs",
    "scopedImport",
    "throw",
    "toString",
];

/// The version of Nix whose language this is.
pub(crate) const NIX_VERSION: &str = "2.34.8";

/// Turns a set of attributes into a derivation and lazily into one value for each output.
const DERIVATION: &str = include_str!("derivation.nix");

impl<'a> Evaluator<'a> {
    /// Makes the variables that every expression sees.
    pub(crate) fn install_builtins(&self) {
        let mut attrs: Vec<Attr<'a>> = Vec::with_capacity(FUNCTIONS.len() + 16);
        for function in FUNCTIONS {
            let attr = self.attr(function.name, Value::Builtin(function));
            let is_global = GLOBAL.contains(&function.name);
            let name = if is_global {
                function.name.to_owned()
            } else {
                format!("__{}", function.name)
            };
            self.globals.borrow_mut().insert(self.symbol(&name), attr.value);
            attrs.push(attr);
        }
        for (name, value) in self.constants() {
            let attr = self.attr(name, value);
            let is_global = matches!(name, "true" | "false" | "null");
            let name = if is_global {
                name.to_owned()
            } else {
                format!("__{name}")
            };
            self.globals.borrow_mut().insert(self.symbol(&name), attr.value);
            attrs.push(attr);
        }
        let itself = self.done(Value::Null);
        self.globals.borrow_mut().insert(Symbol::BUILTINS, itself);
        let derivation = self.derivation_function();
        self.globals
            .borrow_mut()
            .insert(self.symbol("derivation"), derivation);
        attrs.push(Attr {
            name: self.symbol("derivation"),
            pos: Pos::NONE,
            value: derivation,
        });
        attrs.push(Attr {
            name: Symbol::BUILTINS,
            pos: Pos::NONE,
            value: itself,
        });
        let builtins = self.attrs(attrs);
        itself.state.set(builtins);
    }

    fn constants(&self) -> Vec<(&'static str, Value<'a>)> {
        let mut constants = vec![
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("null", Value::Null),
            ("langVersion", Value::Int(6)),
            ("nixVersion", self.string(NIX_VERSION)),
            ("storeDir", self.string(nix_formats::store_path::STORE_DIRECTORY)),
            ("nixPath", self.nix_path()),
        ];
        if !self.settings.pure {
            constants.push(("currentSystem", self.string(&self.settings.system)));
            if let Some(time) = self.world.current_time() {
                constants.push(("currentTime", Value::Int(time)));
            }
        }
        let host_functions = self.world.host_functions();
        if !host_functions.is_empty() {
            constants.push(("hardpan", self.host_functions(&host_functions)));
        }
        constants
    }

    fn nix_path(&self) -> Value<'a> {
        let entry = |(prefix, path): &(String, String)| {
            let attrs = vec![
                self.attr("prefix", self.string(prefix)),
                self.attr("path", self.string(path)),
            ];
            self.done(self.attrs(attrs))
        };
        let entries: Vec<_> = self.settings.search_path.iter().map(entry).collect();
        self.list(&entries)
    }

    fn derivation_function(&self) -> &'a Thunk<'a> {
        let origin = crate::sources::Origin::Text("derivation".to_owned());
        let code = self.compile_text(DERIVATION, origin, "/", None);
        match code {
            Ok(code) => self.thunk_for(code, self.empty_env),
            Err(error) => self.done(self.string(&error.message)),
        }
    }
}

/// A value as XML.
pub(crate) fn to_xml<'a>(
    evaluator: &Evaluator<'a>,
    thunk: &'a Thunk<'a>,
    options: XmlOptions,
) -> Evaluated<'a> {
    xml::document(evaluator, thunk, options)
}
