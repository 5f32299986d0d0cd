//! The programs that are timed: Nix texts that any checkout can make.

use std::fmt::Write as _;
use std::path::Path;

/// A program and its name.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) text: String,
}

/// Every workload; `library` is the folder of the library whose module system is evaluated.
pub(crate) fn all(library: &Path) -> Vec<Workload> {
    let mut workloads: Vec<Workload> = FIXED
        .iter()
        .map(|(name, text)| Workload {
            name,
            text: (*text).to_owned(),
        })
        .collect();
    workloads.push(Workload {
        name: "parse",
        text: large_file(),
    });
    workloads.push(Workload {
        name: "modules",
        text: MODULES.replace("LIBRARY", &library.display().to_string()),
    });
    workloads
}

const FIXED: &[(&str, &str)] = &[
    ("calls", "let fib = n: if n < 2 then n else fib (n - 1) + fib (n - 2); in fib 30"),
    (
        "deep recursion",
        "let
          depth = n: if n == 0 then 0 else 1 + depth (n - 1);
          unrolled = n: builtins.foldl' (sum: _: sum + depth 3000) 0 (builtins.genList (x: x) n);
        in unrolled 500",
    ),
    (
        "foldl'",
        "builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: x * 2) 2000000)",
    ),
    (
        "small updates",
        "let
          base = builtins.listToAttrs (builtins.genList (i: { name = \"k${toString i}\"; value = i; }) 100);
          step = acc: i: builtins.seq acc.k5 base // { k5 = i + acc.k5; k77 = i; } // { last = i; };
        in (builtins.foldl' step base (builtins.genList (x: x) 60000)).k5",
    ),
    (
        "growing update",
        "builtins.length (builtins.attrNames (builtins.foldl'
          (acc: i: acc // { \"k${toString i}\" = i; }) { } (builtins.genList (x: x) 6000)))",
    ),
    (
        "strings",
        "let
          words = builtins.genList (i: \"word-${toString i}-${builtins.substring 2 3 \"abcdefgh\"}\") 150000;
          joined = builtins.concatStringsSep \" \" words;
          replaced = builtins.replaceStrings [ \"word\" \"-1\" ] [ \"w\" \"_\" ] joined;
          grown = builtins.foldl' (s: i: s + \"x\") \"\" (builtins.genList (x: x) 6000);
        in builtins.stringLength replaced + builtins.stringLength grown
          + builtins.length (builtins.filter builtins.isString (builtins.split \" \" joined))",
    ),
    (
        "sorting",
        "let
          next = x: let y = x * 1103515245 + 12345; in y - (y / 2147483648) * 2147483648;
          numbers = builtins.genList (i: next (next (i + 1))) 150000;
          descending = builtins.sort (a: b: a > b) numbers;
          texts = builtins.sort builtins.lessThan (map toString numbers);
        in [ (builtins.head descending) (builtins.head texts) ]",
    ),
    (
        "attributes",
        "let
          names = builtins.genList (i: \"attribute-${toString i}\") 60000;
          set = builtins.listToAttrs (map (name: { inherit name; value = { inherit name; on = true; }; }) names);
          mapped = builtins.mapAttrs (name: value: value // { length = builtins.stringLength name; }) set;
          kept = builtins.filter (value: value.length > 13 && value.on or false) (builtins.attrValues mapped);
          grouped = builtins.groupBy (value: toString value.length) kept;
          common = builtins.intersectAttrs (removeAttrs set [ \"attribute-7\" ]) mapped;
        in [ (builtins.length kept) (builtins.attrNames grouped) (builtins.length (builtins.attrNames common)) ]",
    ),
    (
        "let and with",
        "let
          lib = { add = a: b: a + b; double = x: x * 2; inherit (builtins) foldl' genList; };
          work = i: with lib; let
            a = add i 1; b = double a; c = add a b; d = { inherit a b c; e = rec { f = c; g = f + 1; }; };
            unused = throw \"never\"; f = { x, y ? 3, z ? x + y, ... }@args: x + y + z + args.x;
          in with d; add (add e.g c) (f { x = b; more = unused; });
        in with lib; foldl' (sum: i: add sum (work i)) 0 (genList (x: x) 150000)",
    ),
];

/// Many hosts, each an evaluation of its own in the module system.
const MODULES: &str = "let
  lib = import LIBRARY;
  inherit (lib) mkOption mkIf mkMerge mkDefault mkForce types;
  numbers = builtins.genList (i: i) 40;
  service = { name, config, ... }: {
    options = {
      enable = mkOption { type = types.bool; default = false; };
      port = mkOption { type = types.port; default = 80; };
      user = mkOption { type = types.str; default = name; };
      settings = mkOption { type = types.attrsOf (types.oneOf [ types.bool types.int types.str ]); default = { }; };
      packages = mkOption { type = types.listOf types.str; default = [ ]; };
      text = mkOption { type = types.lines; default = \"\"; };
    };
    config.text = mkIf config.enable \"${config.user}:${toString config.port}\";
  };
  declarations = { config, ... }: {
    options = {
      host = mkOption { type = types.str; };
      services = mkOption { type = types.attrsOf (types.submodule service); default = { }; };
      files = mkOption { type = types.attrsOf types.str; default = { }; };
      packages = mkOption { type = types.listOf types.str; default = [ ]; };
    };
    config.packages = lib.concatMap (s: s.packages) (lib.attrValues config.services);
    config.files = lib.mapAttrs' (name: s: lib.nameValuePair \"etc/${name}\" s.text)
      (lib.filterAttrs (_: s: s.enable) config.services);
  };
  one = i: { config, ... }: mkMerge [
    { services.\"service-${toString i}\" = { enable = mkDefault true; port = 1000 + i; packages = [ \"p${toString i}\" ]; }; }
    (mkIf (lib.mod i 3 == 0) { services.\"service-${toString i}\".enable = mkForce false; })
    (mkIf (config.host != \"\") { services.\"service-${toString i}\".settings = { level = i; name = config.host; }; })
  ];
  host = n: (lib.evalModules {
    modules = [ declarations { host = \"host-${toString n}\"; } ] ++ map one numbers;
  }).config;
  digest = config: builtins.hashString \"sha256\" (builtins.toJSON config);
in builtins.genList (n: digest (host n)) 30
";

/// A large text of every kind of syntax, whose value is small.
fn large_file() -> String {
    let mut text = String::from("let\n");
    for number in 0..20_000 {
        let written = write!(
            text,
            "  # Entry {number} of a long file.\n  \
             entry{number} = {{ pkgs, lib ? pkgs.lib, enable ? true, ... }}@args: rec {{\n    \
             name = \"entry-{number}\"; version = \"1.${{toString {number}}}.0\"; inherit (args) pkgs;\n    \
             src = pkgs.fetch {{ url = \"https://example.org/${{name}}-${{version}}.tar.gz\"; size = {number}; }};\n    \
             flags = [ \"--with-${{name}}\" ./patches/a.patch ] ++ (if enable && lib != null then [ \"-O2\" ] else [ ]);\n    \
             script = ''\n      make ${{name}}\n      install -D out/${{version}} $out\n    '';\n    \
             meta.license.free = true || false -> (x: x.a.b or (1 + 2 * 3 < 4)) {{ }};\n  }};\n"
        );
        written.expect("writing to memory does not fail");
    }
    text.push_str("in entry7 == entry8\n");
    text
}
