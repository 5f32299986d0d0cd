# Options whose values are configurations themselves.
{ lib }:
let
  inherit (lib) mkOption types;
  config = modules: (lib.evalModules { inherit modules; }).config;
  user =
    { name, config, ... }:
    {
      options.name = mkOption { type = types.str; default = name; };
      options.home = mkOption { type = types.str; default = "/home/${config.name}"; };
      options.groups = mkOption { type = types.listOf types.str; default = [ ]; };
    };
  users = { options.users = mkOption { type = types.attrsOf (types.submodule user); default = { }; }; };
in
[
  {
    name = "sets of submodules know their name and merge";
    expr = (config [
      users
      { users.alice.groups = [ "wheel" ]; }
      { users.alice = { lib, ... }: { groups = lib.mkBefore [ "first" ]; }; }
      { users.bob.home = lib.mkForce "/srv/bob"; }
    ]).users;
    expected = {
      alice = { name = "alice"; home = "/home/alice"; groups = [ "first" "wheel" ]; };
      bob = { name = "bob"; home = "/srv/bob"; groups = [ ]; };
    };
  }
  {
    name = "conditions around, between and inside of submodules";
    expr = builtins.attrNames (config [
      users
      { users = lib.mkIf true { a = { }; }; }
      { users.b = lib.mkIf false { }; }
      { users.c.home = lib.mkIf false "x"; }
      (lib.mkIf false { users.d = { }; })
    ]).users;
    expected = [ "a" "c" ];
  }
  {
    name = "options from another module inside of a submodule";
    expr = (config [
      { options.sub = mkOption { type = types.submodule { options.a = mkOption { default = 1; }; }; default = { }; }; }
      { options.sub.b = mkOption { default = 2; }; }
      { sub.b = 3; }
    ]).sub;
    expected = { a = 1; b = 3; };
  }
  {
    name = "submoduleWith: special arguments, and full modules as values";
    expr = (config [
      {
        options.sub = mkOption {
          type = types.submoduleWith {
            specialArgs.word = "w";
            modules = [ ({ word, ... }: { options.a = mkOption { default = word; }; }) ];
          };
        };
      }
      { sub = { options.b = mkOption { default = 2; }; config.a = "set"; }; }
    ]).sub;
    expected = { a = "set"; b = 2; };
  }
  {
    name = "shorthand: an option called config";
    expr = (config [
      { options.sub = mkOption { type = types.submodule { options.config = mkOption { type = types.bool; }; }; }; }
      { sub.config = true; }
    ]).sub.config;
    expected = true;
  }
  {
    name = "lists of submodules, and null";
    expr = config [
      { options.list = mkOption { type = types.listOf (types.submodule { options.a = mkOption { default = 1; }; }); }; }
      { options.maybe = mkOption { type = types.nullOr (types.submodule { options.a = mkOption { }; }); default = null; }; }
      { list = [ { } { a = 2; } ]; }
    ];
    expected = {
      list = [ { a = 1; } { a = 2; } ];
      maybe = null;
    };
  }
  {
    name = "freeform submodules keep their declared options";
    expr = (config [
      {
        options.settings = mkOption {
          default = { };
          type = types.submodule {
            freeformType = types.attrsOf (types.either types.int types.str);
            options.Port = mkOption { type = types.port; default = 22; };
          };
        };
      }
      { settings.UseDNS = "no"; }
      { settings.Port = 2222; }
    ]).settings;
    expected = { Port = 2222; UseDNS = "no"; };
  }
  {
    name = "freeform values below a declared set";
    expr = (config [
      {
        freeformType = types.lazyAttrsOf types.anything;
        options.a.known = mkOption { default = 1; };
      }
      { a.free.deep = 2; }
    ]).a;
    expected = { known = 1; free.deep = 2; };
  }
  {
    name = "the type of a configuration is a type of submodules";
    expr = (config [
      { options.sub = mkOption { type = (lib.evalModules { modules = [ { options.a = mkOption { default = 1; }; } ]; }).type; default = { }; }; }
    ]).sub;
    expected.a = 1;
  }
  {
    name = "deferred modules are evaluated by whom they are given to";
    expr =
      let
        result = config [
          { options.base = mkOption { type = types.deferredModule; }; }
          { base.list = [ 1 ]; }
          { base = { lib, ... }: { list = lib.mkBefore [ 0 ]; }; }
        ];
      in
      (config [
        { options.list = mkOption { type = types.listOf types.int; }; }
        result.base
      ]).list;
    expected = [ 0 1 ];
  }
  {
    name = "variants of the whole by extendModules";
    expr =
      let
        result = config [
          ({ extendModules, ... }: {
            options.value = mkOption { type = types.int; default = 1; };
            options.variant = mkOption {
              type = types.raw;
              default = (extendModules { modules = [ { value = 2; } ]; }).config.value;
            };
          })
        ];
      in
      [ result.value result.variant ];
    expected = [ 1 2 ];
  }
  {
    name = "what a submodule was evaluated to can be looked at";
    expr =
      let
        result = lib.evalModules { modules = [ users { users.alice = { }; } ]; };
      in
      builtins.attrNames result.options.users.valueMeta.attrs.alice.configuration.options;
    expected = [ "_module" "groups" "home" "name" ];
  }
]
