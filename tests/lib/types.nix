{ lib }:
let
  inherit (lib) mkOption types;

  # The value that a type makes of definitions.
  merged =
    type: values:
    (lib.evalModules {
      modules = [ { options.value = mkOption { inherit type; }; } ] ++ map (value: { inherit value; }) values;
    }).config.value;
  fits = type: map type.check;
in
[
  {
    name = "checks of scalars";
    expr = [
      (fits types.bool [ true 1 ])
      (fits types.int [ 1 1.5 ])
      (fits types.float [ 1 1.5 ])
      (fits types.number [ 1 1.5 "1" ])
      (fits types.ints.unsigned [ 0 (-1) ])
      (fits types.ints.positive [ 1 0 ])
      (fits types.ints.u8 [ 255 256 (-1) ])
      (fits types.ints.s8 [ 127 128 (-128) ])
      (fits (types.ints.between 2 3) [ 2 4 ])
      (fits types.port [ 65535 65536 ])
      (fits types.numbers.positive [ 0.1 0 ])
    ];
    expected = [
      [ true false ]
      [ true false ]
      [ false true ]
      [ true true false ]
      [ true false ]
      [ true false ]
      [ true false false ]
      [ true false true ]
      [ true false ]
      [ true false ]
      [ true false ]
    ];
  }
  {
    name = "checks of texts";
    expr = [
      (fits types.str [ "" 1 ])
      (fits types.nonEmptyStr [ "a" " \n" ])
      (fits types.singleLineStr [ "a\n" "a\nb" ])
      (fits (types.strMatching "[a-z]+") [ "abc" "aB" ])
      (fits types.path [ /a "/a" "a" 1 ])
      (fits types.pathInStore [ "${builtins.storeDir}/abc-x/y" "/a" "${builtins.storeDir}/.links" ])
      (fits (types.passwdEntry types.str) [ "a" "a:b" "a\nb" ])
      (fits types.package [ { type = "derivation"; } "x" ])
    ];
    expected = [
      [ true false ]
      [ true false ]
      [ true false ]
      [ true false ]
      [ true true false false ]
      [ true false false ]
      [ true false false ]
      [ true false ]
    ];
  }
  {
    name = "checks of choices";
    expr = [
      (fits (types.enum [ "a" 1 ]) [ "a" 1 "b" ])
      (fits (types.nullOr types.int) [ null 1 "" ])
      (fits (types.either types.int types.str) [ 1 "" null ])
      (fits (types.oneOf [ types.int types.str types.bool ]) [ 1 "" true null ])
      (fits (types.addCheck types.int (value: value > 5)) [ 6 5 "" ])
      (fits (types.nonEmptyListOf types.int) [ [ 1 ] [ ] ])
    ];
    expected = [
      [ true true false ]
      [ true true false ]
      [ true true false ]
      [ true true true false ]
      [ true false false ]
      [ true false ]
    ];
  }
  {
    name = "merging texts";
    expr = [
      (merged types.lines [ "a" "b" ])
      (merged types.commas [ "a" "b" ])
      (merged types.envVar [ "a" "b" ])
      (merged (types.separatedString "-") [ "a" "b" ])
      (merged types.str [ "same" "same" ])
      (merged types.singleLineStr [ "a\n" ])
    ];
    expected = [
      "b\na"
      "b,a"
      "b:a"
      "b-a"
      "same"
      "a"
    ];
  }
  {
    name = "merging lists, and conditions inside of them";
    expr = [
      (merged (types.listOf types.int) [ [ 1 ] [ 2 3 ] ])
      (merged (types.listOf types.int) [ [ (lib.mkIf false 1) (lib.mkIf true 2) ] ])
      (merged (types.listOf types.int) [ (lib.mkBefore [ 1 ]) (lib.mkAfter [ 9 ]) [ 5 ] ])
      (merged (types.nonEmptyListOf types.int) [ [ 1 ] ])
    ];
    expected = [
      [ 2 3 1 ]
      [ 2 ]
      [ 1 5 9 ]
      [ 1 ]
    ];
  }
  {
    name = "merging sets";
    expr = [
      (merged (types.attrsOf types.int) [ { a = 1; } { b = 2; } ])
      (merged (types.attrsOf types.int) [ { a = lib.mkIf false 1; b = lib.mkIf true 2; } ])
      (merged (types.attrsOf (types.listOf types.int)) [ { a = [ 1 ]; } { a = [ 2 ]; } ])
      (merged (types.lazyAttrsOf (types.listOf types.int)) [ { a = lib.mkIf false [ 1 ]; } ])
      (merged types.attrs [ { a = 1; } { a = 1; b = 2; } ])
      (merged (types.attrsOf types.int) [ (lib.mkForce { a = 1; }) { b = 1; } ])
      (merged (types.attrsOf types.int) [ { a = lib.mkForce 1; } { a = 2; b = 3; } ])
    ];
    expected = [
      { a = 1; b = 2; }
      { b = 2; }
      { a = [ 2 1 ]; }
      { a = [ ]; }
      { a = 1; b = 2; }
      { a = 1; }
      { a = 1; b = 3; }
    ];
  }
  {
    name = "lazyAttrsOf does not look at other values";
    expr = (merged (types.lazyAttrsOf types.int) [ { a = 1; b = throw "was evaluated"; } ]).a;
    expected = 1;
  }
  {
    name = "merging functions";
    expr = [
      (merged (types.functionTo (types.listOf types.int)) [ (x: [ x ]) (x: [ (x + 1) ]) ] 1)
      (lib.functionArgs (merged (types.functionTo types.int) [ ({ a, b ? 1 }: a) ]))
    ];
    expected = [
      [ 2 1 ]
      { a = false; b = true; }
    ];
  }
  {
    name = "coercion";
    expr = [
      (merged (types.coercedTo types.int toString types.str) [ 5 ])
      (merged (types.listOf (types.coercedTo types.int toString types.str)) [ [ 5 "x" ] ])
      ((types.coercedTo types.int toString types.str).description)
    ];
    expected = [
      "5"
      [ "5" "x" ]
      "string or signed integer convertible to it"
    ];
  }
  {
    name = "anything";
    expr = [
      (merged types.anything [ { a.b = 1; } { a.c = lib.mkDefault 2; } { a.c = 3; } ])
      (merged types.anything [ 1 1 ])
      (merged types.anything [ (x: { a = x; }) (x: { b = x; }) ] 4)
      (merged types.anything [ { l = [ { x = lib.mkIf true 1; } ]; } ])
      (merged types.anything [ { outPath = "o"; } ]).outPath
    ];
    expected = [
      { a = { b = 1; c = 3; }; }
      1
      { a = 4; b = 4; }
      { l = [ { x = 1; } ]; }
      "o"
    ];
  }
  {
    name = "raw is left alone";
    expr = merged types.raw [ { x._type = "if"; } ];
    expected.x._type = "if";
  }
  {
    name = "boolByOr, enum, uniq, optionType";
    expr = [
      (merged types.boolByOr [ false true ])
      (merged (types.enum [ "a" "b" ]) [ "a" "a" ])
      (merged (types.uniq types.int) [ 1 ])
      (merged types.optionType [ (types.enum [ "a" ]) (types.enum [ "b" ]) ]).description
    ];
    expected = [
      true
      "a"
      1
      ''one of "b", "a"''
    ];
  }
  {
    name = "tagged values";
    expr = [
      (merged (types.attrTag {
        left = mkOption { type = types.int; };
        right = mkOption { type = types.listOf types.str; };
      }) [ { right = [ "a" ]; } { right = [ "b" ]; } ])
    ];
    expected = [ { right = [ "b" "a" ]; } ];
  }
  {
    name = "descriptions";
    expr = map (type: type.description) [
      (types.nullOr (types.listOf types.str))
      (types.listOf (types.either types.int types.str))
      (types.attrsOf (types.nullOr types.bool))
      (types.lazyAttrsOf types.path)
      types.port
      (types.functionTo types.lines)
      (types.enum [ ])
      (types.nonEmptyListOf types.str)
      (types.submodule { })
      (types.submodule { freeformType = types.attrsOf types.int; })
      (types.listOf types.ints.positive)
    ];
    expected = [
      "null or (list of string)"
      "list of (signed integer or string)"
      "attribute set of (null or boolean)"
      "lazy attribute set of absolute path"
      "16 bit unsigned integer; between 0 and 65535 (both inclusive)"
      "function that evaluates to a(n) strings concatenated with \"\\n\""
      "impossible (empty enum)"
      "non-empty (list of string)"
      "submodule"
      "open submodule of attribute set of signed integer"
      "list of (positive integer, meaning >0)"
    ];
  }
  {
    name = "an option may be declared several times";
    expr =
      (lib.evalModules {
        modules = [
          { options.a = mkOption { type = types.enum [ "x" ]; }; }
          {
            options.a = mkOption {
              type = types.enum [ "y" ];
              default = "x";
            };
          }
          { options.b = mkOption { type = types.attrsOf (types.submodule { options.p = mkOption { default = 1; }; }); }; }
          { options.b = mkOption { type = types.attrsOf (types.submodule { options.q = mkOption { default = 2; }; }); }; }
          { b.one = { }; }
        ];
      }).config;
    expected = {
      a = "x";
      b.one = { p = 1; q = 2; };
    };
  }
  {
    name = "descriptions of alternatives";
    expr =
      let
        inherit (lib) types;
      in
      map (type: type.description) [
        (types.either (types.listOf types.bool) types.str)
        (types.either types.str (types.listOf types.bool))
        (types.either types.ints.u8 types.str)
        (types.either (types.functionTo types.str) types.int)
      ];
    expected = [
      "(list of boolean) or string"
      "string or list of boolean"
      "8 bit unsigned integer; between 0 and 255 (both inclusive), or string"
      "(function that evaluates to a(n) string) or signed integer"
    ];
  }
  {
    name = "tags given as a set";
    expr = (lib.types.attrTagWith { tags.a = lib.mkOption { type = lib.types.int; }; }).description;
    expected = "attribute-tagged union of a";
  }
]
