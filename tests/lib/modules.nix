# The module system: how modules are found, and how definitions become values.
{ lib }:
let
  inherit (lib) mkOption types;
  evaluate = modules: lib.evalModules { inherit modules; };
  config = modules: (evaluate modules).config;
  ints = { options.list = mkOption { type = types.listOf types.int; default = [ ]; }; };
  text = { options.text = mkOption { type = types.str; }; };
  enable = { options.enable = lib.mkEnableOption "it"; };
  stamped = key: value: {
    inherit key;
    list = [ value ];
  };
in
[
  {
    name = "later modules and imports come first in lists";
    expr = (config [
      ints
      { list = [ 1 ]; }
      {
        imports = [ { list = [ 3 ]; } ];
        list = [ 2 ];
      }
    ]).list;
    expected = [ 3 2 1 ];
  }
  {
    name = "priorities";
    expr = [
      (config [ text { text = lib.mkDefault "low"; } { text = "normal"; } ]).text
      (config [ text { text = lib.mkForce "forced"; } { text = "normal"; } ]).text
      (config [ text { text = lib.mkVMOverride "vm"; } { text = lib.mkForce "forced"; } ]).text
      (config [ text { text = lib.mkOverride 900 "b"; } { text = lib.mkDefault "a"; } ]).text
      (config [ text { text = lib.mkOptionDefault "o"; } ]).text
      (config [ text { text = lib.mkImageMediaOverride "m"; } { text = "n"; } ]).text
    ];
    expected = [
      "normal"
      "forced"
      "vm"
      "b"
      "o"
      "m"
    ];
  }
  {
    name = "conditions and merges, at any height";
    expr = (config [
      ints
      text
      (lib.mkIf true { text = "top"; })
      { config = lib.mkMerge [ { list = [ 1 ]; } (lib.mkIf false { list = [ 2 ]; }) ]; }
      { list = lib.mkMerge [ [ 3 ] (lib.mkIf true [ 4 ]) ]; }
      { config = lib.mkForce { list = [ 5 6 ]; }; }
    ]);
    expected = {
      text = "top";
      list = [ 5 6 ];
    };
  }
  {
    name = "a condition that depends on what it decides is an error";
    expr = (config [
      enable
      text
      ({ config, ... }: { text = if config.enable then "on" else "off"; })
      ({ config, lib, ... }: lib.mkIf (config.text == "never") { enable = true; })
      { enable = true; }
    ]).text;
    error = [ "infinite recursion" ];
  }
  {
    name = "a condition on an option that is set elsewhere";
    expr = (config [
      enable
      ints
      ({ config, lib, ... }: { config = lib.mkIf config.enable { list = [ 1 ]; }; })
      { enable = true; }
    ]).list;
    expected = [ 1 ];
  }
  {
    name = "order";
    expr = (config [
      ints
      { list = lib.mkAfter [ 3 ]; }
      { list = lib.mkBefore [ 1 ]; }
      { list = lib.mkOrder 1400 [ 2 ]; }
    ]).list;
    expected = [ 1 2 3 ];
  }
  {
    name = "apply, default, readOnly";
    expr = config [
      {
        options.a = mkOption { type = types.int; default = 1; apply = x: x + 1; };
        options.b = mkOption { type = types.int; readOnly = true; };
        config.b = 5;
      }
    ];
    expected = { a = 2; b = 5; };
  }
  {
    name = "facts about an option";
    expr =
      let
        option = (evaluate [ ints { _file = "x.nix"; list = lib.mkForce [ 1 ]; } ]).options.list;
      in
      [
        option.isDefined
        option.highestPrio
        option.files
        option.definitions
        (lib.showOption option.loc)
        option.type.name
        "${toString option}"
      ];
    expected = [
      true
      50
      [ "x.nix" ]
      [ [ 1 ] ]
      "list"
      "listOf"
      "list"
    ];
  }
  {
    name = "special arguments and module arguments";
    expr = (lib.evalModules {
      specialArgs.special = "s";
      modules = [
        text
        { _module.args.given = "g"; }
        ({ special, given, ... }: { text = special + given; })
      ];
    }).config.text;
    expected = "sg";
  }
  {
    name = "imports may depend on special arguments";
    expr = (lib.evalModules {
      specialArgs.more = [ { list = [ 7 ]; } ];
      modules = [
        ints
        ({ more, ... }: { imports = more; })
      ];
    }).config.list;
    expected = [ 7 ];
  }
  {
    name = "modules from files, and what they import";
    expr = (config [ ./fixtures/imported.nix ]).fixture;
    expected = [ "inner" "outer" ];
  }
  {
    name = "a module with a key comes once";
    expr = (config [ ints (stamped "k" 1) (stamped "k" 1) (stamped "l" 2) ]).list;
    expected = [ 2 1 ];
  }
  {
    name = "disabledModules by path, string and key";
    expr = [
      (config [ ./fixtures/imported.nix { disabledModules = [ ./fixtures/inner.nix ]; } ]).fixture
      (config [ ./fixtures/imported.nix { disabledModules = [ (toString ./fixtures/inner.nix) ]; } ]).fixture
      (lib.evalModules {
        specialArgs.modulesPath = toString ./.;
        modules = [ ./fixtures/imported.nix { disabledModules = [ "fixtures/inner.nix" ]; } ];
      }).config.fixture
      (config [ ints (stamped "k" 1) { disabledModules = [ { key = "k"; } ]; } ]).list
    ];
    expected = [
      [ "outer" ]
      [ "outer" ]
      [ "outer" ]
      [ ]
    ];
  }
  {
    name = "extendModules keeps what was there";
    expr =
      let
        first = evaluate [ ints { list = [ 1 ]; } ];
      in
      [
        first.config.list
        (first.extendModules { modules = [ { list = [ 2 ]; } ]; }).config.list
      ];
    expected = [
      [ 1 ]
      [ 2 1 ]
    ];
  }
  {
    name = "freeform modules";
    expr = config [
      {
        freeformType = types.attrsOf types.int;
        options.known = mkOption { type = types.str; default = "k"; };
      }
      { free = 1; }
      { other = lib.mkIf true 2; }
    ];
    expected = {
      known = "k";
      free = 1;
      other = 2;
    };
  }
  {
    name = "renamed, aliased, changed and merged options";
    expr =
      let
        result = config [
          {
            imports = [
              (lib.mkRenamedOptionModule [ "old" ] [ "new" "place" ])
              (lib.mkAliasOptionModule [ "alias" ] [ "new" "place" ])
              (lib.mkChangedOptionModule [ "wasNumber" ] [ "text" ] (config: "n${toString config.wasNumber}"))
              (lib.mkMergedOptionModule [ [ "m1" ] [ "m2" ] ] [ "sum" ] (config: config.m1 + config.m2))
            ];
            options.new.place = mkOption { type = types.listOf types.int; };
            options.text = mkOption { type = types.str; };
            options.sum = mkOption { type = types.int; };
            options.warnings = mkOption { type = types.listOf types.str; };
          }
          { old = [ 1 ]; }
          { alias = lib.mkAfter [ 2 ]; }
          { wasNumber = 5; m1 = 1; m2 = 2; }
        ];
      in
      [
        result.new.place
        result.alias
        result.text
        result.sum
        (lib.count (lib.hasInfix "has been renamed to `new.place'") result.warnings)
        (builtins.length result.warnings)
      ];
    expected = [
      [ 1 2 ]
      [ 1 2 ]
      "n5"
      3
      1
      4
    ];
  }
  {
    name = "an alias keeps the priority";
    expr = (config [
      text
      (lib.mkAliasOptionModule [ "alias" ] [ "text" ])
      { alias = lib.mkForce "forced"; }
      { text = "normal"; }
    ]).text;
    expected = "forced";
  }
  {
    name = "removed options fail an assertion";
    expr =
      let
        result = config [
          (lib.mkRemovedOptionModule [ "gone" ] "Use something else.")
          { options.assertions = mkOption { type = types.listOf types.unspecified; }; }
          { gone = 1; }
        ];
      in
      map (one: [ one.assertion (lib.hasInfix "Use something else." one.message) (lib.hasInfix "modules.nix:" one.message) ]) result.assertions;
    expected = [ [ false true true ] ];
  }
  {
    name = "mkDefinition and mkAliasDefinitions";
    expr =
      let
        result = evaluate [
          ints
          ({ options, ... }: {
            options.copy = mkOption { type = types.listOf types.int; };
            config.copy = lib.mkAliasDefinitions options.list;
          })
          { list = lib.mkDefinition { file = "elsewhere.nix"; value = [ 1 ]; }; }
        ];
      in
      [
        result.config.copy
        result.options.list.files
      ];
    expected = [
      [ 1 ]
      [ "elsewhere.nix" ]
    ];
  }
  {
    name = "options without a type merge by kind";
    expr = config [
      { options = { a = mkOption { }; b = mkOption { }; }; }
      { a = [ 1 ]; b.x = 1; }
      { a = [ 2 ]; b.y = 2; }
    ];
    expected = {
      a = [ 2 1 ];
      b = { x = 1; y = 2; };
    };
  }
  {
    name = "classes";
    expr = (lib.evalModules {
      class = "machine";
      modules = [ text { _class = "machine"; text = "t"; } ];
    }).class;
    expected = "machine";
  }
  {
    name = "checking can be switched off";
    expr = (config [ text { _module.check = false; text = "t"; nothing.like.this = 1; } ]).text;
    expected = "t";
  }
  {
    name = "the documentation of options";
    expr =
      let
        list = lib.optionAttrSetToDocList (removeAttrs (evaluate [
          {
            options.a.b = mkOption { type = types.int; default = 3; description = "A number."; };
            options.s = mkOption { type = types.attrsOf (types.submodule { options.inner = lib.mkEnableOption "x"; }); };
          }
        ]).options [ "_module" ]);
      in
      map (entry: [ entry.name entry.type (entry.default.text or null) ]) (
        builtins.filter (entry: !entry.internal) list
      );
    expected = [
      [ "a.b" "signed integer" "3" ]
      [ "s" "attribute set of (submodule)" null ]
      [ "s.<name>.inner" "boolean" "false" ]
    ];
  }
  {
    name = "importApply, importJSON";
    expr = (config [
      (lib.modules.importApply ./fixtures/applied.nix { value = 4; })
      (lib.modules.importJSON ./fixtures/settings.json)
      ints
    ]).list;
    expected = [ 4 9 ];
  }
]
