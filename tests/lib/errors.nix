# Errors of options: each names the option and every definition with file, line and column.
{ lib }:
let
  inherit (lib) mkOption types;
  option = type: mkOption { inherit type; };
  declared = {
    options.flag = option types.bool;
    options.net.port = option types.port;
    options.list = option (types.listOf types.int);
    options.users = option (types.attrsOf (types.submodule { options.id = option types.int; }));
    options.mode = option (types.enum [ "a" "b" ]);
    options.fixed = mkOption { type = types.int; readOnly = true; };
    options.once = option (types.unique { message = "Only one module may say it."; } types.int);
    options.maybe = option (types.nullOr types.int);
    options.function = option (types.functionTo types.int);
    options.tag = option (types.attrTag { left = option types.int; right = option types.str; });
  };
  config = modules: (lib.evalModules { modules = [ declared ] ++ modules; }).config;
in
[
  {
    name = "type error with all wrong definitions";
    expr = (config [
      { flag = "yes"; }
      { flag = lib.mkIf true 3; }
      { flag = true; }
    ]).flag;
    error = [
      "A definition for option `flag' is not of type `boolean'. Definition values:"
      "errors.nix:24:9': \"yes\""
      "errors.nix:25:9': 3" "Other definitions:" "errors.nix:26:9': true"
    ];
  }
  {
    name = "type error behind a condition around a whole set";
    expr = (config [
      (lib.mkIf true {
        net.port = 70000;
      })
    ]).net.port;
    error = [
      "A definition for option `net.port' is not of type `16 bit unsigned integer; between 0 and 65535 (both inclusive)'."
      "errors.nix:38:9': 70000"
    ];
  }
  {
    name = "type error in a list";
    expr = (config [ { list = [ 1 "two" ]; } ]).list;
    error = [
      "A definition for option `list.\"[definition 1-entry 2]\"' is not of type `signed integer'."
      "errors.nix:48:24': \"two\""
    ];
  }
  {
    name = "type error in a submodule";
    expr = (config [ { users.alice.id = "x"; } ]).users.alice.id;
    error = [
      "A definition for option `users.alice.id' is not of type `signed integer'."
      "errors.nix:56:24': \"x\""
    ];
  }
  {
    name = "conflicting values";
    expr = (config [
      { flag = true; }
      { flag = false; }
    ]).flag;
    error = [
      "The option `flag' has conflicting definition values:"
      "errors.nix:65:9': true"
      "errors.nix:66:9': false"
      "mkForce"
    ];
  }
  {
    name = "unknown option";
    expr = (config [ { net.prot = 1; } ]).flag;
    error = [
      "The option `net.prot' does not exist. Definition values:"
      "errors.nix:77:24': 1"
    ];
  }
  {
    name = "unknown option in a submodule";
    expr = (config [ { users.alice.uid = 1; } ]).users.alice.id;
    error = [
      "The option `users.alice.uid' does not exist. Definition values:"
      "errors.nix:85:24': 1"
    ];
  }
  {
    name = "several unknown options are told together, even where a condition does not hold";
    expr = (config [
      (lib.mkIf false { one = 1; })
      { two = throw "its value fails"; }
    ]).flag;
    error = [
      "The option `one' does not exist."
      "The option `two' does not exist."
      "errors.nix:95:9': <error>"
    ];
  }
  {
    name = "no value";
    expr = (config [ ]).flag;
    error = [ "The option `flag' was accessed but has no value defined. Try setting the option." ];
  }
  {
    name = "enumeration";
    expr = (config [ { mode = "c"; } ]).mode;
    error = [
      "A definition for option `mode' is not of type `one of \"a\", \"b\"'."
      "errors.nix:110:24': \"c\""
    ];
  }
  {
    name = "read-only option set twice";
    expr = (config [ { fixed = 1; } { fixed = 2; } ]).fixed;
    error = [
      "The option `fixed' is read-only, but it's set multiple times. Definition values:"
      "errors.nix:118:24': 1"
      "errors.nix:118:39': 2"
    ];
  }
  {
    name = "unique option set twice";
    expr = (config [ { once = 1; } { once = 1; } ]).once;
    error = [
      "The option `once' is defined multiple times while it's expected to be unique."
      "Only one module may say it."
    ];
  }
  {
    name = "null and not null";
    expr = (config [ { maybe = null; } { maybe = 1; } ]).maybe;
    error = [ "A definition for option `maybe' is not of type `null or signed integer'. It is defined both null and not null" ];
  }
  {
    name = "the result of a function";
    expr = (config [ { function = x: "text"; } ]).function 1;
    error = [
      "A definition for option `function.<function body>' is not of type `signed integer'."
      "errors.nix:140:24': \"text\""
    ];
  }
  {
    name = "no such tag";
    expr = (config [ { tag.middle = 1; } ]).tag;
    error = [
      "A definition for option `tag' is not of type `attribute-tagged union of left, right'."
      "errors.nix:148:24'"
    ];
  }
  {
    name = "a wrong value below a tag";
    expr = (config [ { tag.left = "x"; } ]).tag.left;
    error = [ "A definition for option `tag.left' is not of type `signed integer'." ];
  }
  {
    name = "a value where a group of options is";
    expr = (config [ { net = 5; } ]).net.port;
    error = [
      "You're trying to define a value of type `int'"
      "rather than an attribute set for the option"
      "`net'!"
      "errors.nix:161:24': 5"
    ];
  }
  {
    name = "values are shortened";
    expr = (config [ { flag = lib.range 1 1000; } ]).flag;
    error = [ "errors.nix:171:24': [ 1 2 3 4 5 6 … ]" ];
  }
  {
    name = "a condition that is no condition";
    expr = (config [ { flag = lib.mkIf "yes" true; } ]).flag;
    error = [ "mkIf called with a condition that is not a Boolean but a string" ];
  }
]
