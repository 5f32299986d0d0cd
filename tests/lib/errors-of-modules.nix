# Errors of modules and of declarations.
{ lib }:
let
  inherit (lib) mkOption types;
  flag = { options.flag = mkOption { type = types.bool; default = false; }; };
  config = modules: (lib.evalModules { modules = [ flag ] ++ modules; }).config;
in
[
  {
    name = "an argument that nothing gives";
    expr = (config [ { _file = "mine.nix"; imports = [ ({ colour, ... }: { flag = colour; }) ]; } ]).flag;
    error = [ "takes an argument `colour' that nothing gives" ];
  }
  {
    name = "config beside other names";
    expr = (config [ { _file = "mine.nix"; config.flag = true; wrong = 1; } ]).flag;
    error = [ "has an unsupported attribute `wrong'. This is caused by introducing a top-level `config' or `options' attribute." ];
  }
  {
    name = "nested lists of imports";
    expr = (config [ [ { flag = true; } ] ]).flag;
    error = [ "Module imports can't be nested lists. Perhaps you meant to remove one level of lists?" ];
  }
  {
    name = "a number as a module";
    expr = (config [ { _file = "mine.nix"; imports = [ (_: 5) ]; } ]).flag;
    error = [ "The module `mine.nix' does not look like a module: it is a int." ];
  }
  {
    name = "a flake as a module";
    expr = (config [ { _type = "flake"; } ]).flag;
    error = [ "Could not load a value as a module, because it is of type \"flake\"" ];
  }
  {
    name = "a file that does not exist";
    expr = (config [ { _file = "mine.nix"; imports = [ ./fixtures/missing.nix ]; } ]).flag;
    error = [
      "fixtures/missing.nix' does not exist"
      "while reading a module that `mine.nix' imports:"
    ];
  }
  {
    name = "a module of another class";
    expr = (lib.evalModules {
      class = "machine";
      modules = [ { _class = "home"; _file = "mine.nix"; } ];
    }).config;
    error = [ "The module `mine.nix' (class: \"home\") cannot be imported into a module evaluation that expects class \"machine\"." ];
  }
  {
    name = "an option declared with two types";
    expr = (config [ { options.flag = mkOption { type = types.str; }; } ]).flag;
    error = [
      "The option `flag' in `"
      "is already declared in `"
      "errors-of-modules.nix:5:12'"
      "errors-of-modules.nix:52:24'"
      "both say type."
    ];
  }
  {
    name = "an option declared with two defaults";
    expr = (config [ { options.flag = mkOption { default = true; }; } ]).flag;
    error = [ "both say default." ];
  }
  {
    name = "options below an option";
    expr = (config [ { options.flag.inner = mkOption { type = types.str; }; } ]).flag;
    error = [
      "The option `flag' in module `"
      "would be a parent of the following options, but its type `boolean' does not support nested options."
      "- option(s) with prefix `flag.inner' in module `"
    ];
  }
  {
    name = "a type where an option should be";
    expr = (config [ { options.x = types.str; } ]).flag;
    error = [ "expected an option declaration at option path `x' but got an attribute set with type option-type" ];
  }
  {
    name = "an option declared inside of config";
    expr = (config [ { config.x = mkOption { }; } ]).flag;
    error = [
      "The option `x' does not exist."
      "It seems as if you're trying to declare an option by placing it into `config' rather than `options'!"
    ];
  }
  {
    name = "a disabled module that has no key";
    expr = (config [ { disabledModules = [ { flag = true; } ]; } ]).flag;
    error = [ "contains a disabledModules item that is a set without a `key'" ];
  }
  {
    name = "an argument used in imports";
    expr = (config [
      { _module.args.more = [ ]; }
      ({ more, ... }: { imports = more; })
    ]).flag;
    error = [ "infinite recursion" ];
  }
  {
    name = "reading a removed option";
    expr = (lib.evalModules {
      modules = [
        (lib.mkRemovedOptionModule [ "gone" ] "Use the other.")
        { options.assertions = mkOption { type = types.raw; }; }
      ];
    }).config.gone;
    error = [ "The option `gone' can no longer be used since it's been removed. Use the other." ];
  }
  {
    name = "a value without an option, of another type than such values have";
    expr = (config [
      { freeformType = types.attrsOf types.int; }
      { free = "no"; }
    ]).free;
    error = [ "option `free' is not of type `signed integer'" "errors-of-modules.nix:115:9': \"no\"" ];
  }
]
