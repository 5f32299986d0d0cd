{ lib }:
let
  tree = {
    a.b.c = 1;
    a.d = 2;
  };
  derivation = {
    type = "derivation";
    name = "x";
  };
in
[
  {
    name = "attrByPath finds, and falls back";
    expr = map (path: lib.attrByPath path 0 tree) [
      [ "a" "b" "c" ]
      [ "a" "x" "c" ]
      [ "a" "d" "e" ]
    ];
    expected = [
      1
      0
      0
    ];
  }
  {
    name = "hasAttrByPath";
    expr = [
      (lib.hasAttrByPath [ "a" "d" ] tree)
      (lib.hasAttrByPath [ "a" "e" ] tree)
      (lib.hasAttrByPath [ ] 5)
    ];
    expected = [
      true
      false
      true
    ];
  }
  {
    name = "longestValidPathPrefix";
    expr = lib.attrsets.longestValidPathPrefix [ "a" "b" "z" "y" ] tree;
    expected = [ "a" "b" ];
  }
  {
    name = "setAttrByPath";
    expr = lib.setAttrByPath [ "a" "b" ] 3;
    expected.a.b = 3;
  }
  {
    name = "updateManyAttrsByPath applies all updates";
    expr = lib.updateManyAttrsByPath [
      {
        path = [ "a" "b" ];
        update = old: { d = old.c; };
      }
      {
        path = [ "a" "b" "c" ];
        update = old: old + 1;
      }
      {
        path = [ "x" "y" ];
        update = _: "xy";
      }
    ] { a.b.c = 0; };
    expected = {
      a.b.d = 1;
      x.y = "xy";
    };
  }
  {
    name = "filterAttrs and filterAttrsRecursive";
    expr = [
      (lib.filterAttrs (name: value: name != "a" && value > 1) {
        a = 3;
        b = 2;
        c = 1;
      })
      (lib.filterAttrsRecursive (_: value: value != null) {
        a = null;
        b.c = null;
        b.d = 1;
      })
    ];
    expected = [
      { b = 2; }
      { b.d = 1; }
    ];
  }
  {
    name = "foldlAttrs and foldAttrs";
    expr = [
      (lib.foldlAttrs (sum: name: value: sum + name + toString value) "" {
        b = 2;
        a = 1;
      })
      (lib.foldAttrs (item: rest: [ item ] ++ rest) [ ] [
        { a = 2; }
        { a = 3; b = 1; }
      ])
    ];
    expected = [
      "a1b2"
      {
        a = [ 2 3 ];
        b = [ 1 ];
      }
    ];
  }
  {
    name = "collect";
    expr = lib.collect builtins.isInt tree;
    expected = [ 1 2 ];
  }
  {
    name = "cartesianProduct varies the last name fastest";
    expr = lib.cartesianProduct {
      a = [ 1 2 ];
      b = [ 10 20 ];
    };
    expected = [
      { a = 1; b = 10; }
      { a = 1; b = 20; }
      { a = 2; b = 10; }
      { a = 2; b = 20; }
    ];
  }
  {
    name = "mapAttrs' and genAttrs and concatMapAttrs";
    expr = [
      (lib.mapAttrs' (name: value: lib.nameValuePair "x${name}" (value + 1)) { a = 1; })
      (lib.genAttrs [ "p" "q" ] (name: name + name))
      (lib.concatMapAttrs (name: value: { "${name}1" = value; "${name}2" = value; }) { a = 0; })
    ];
    expected = [
      { xa = 2; }
      { p = "pp"; q = "qq"; }
      { a1 = 0; a2 = 0; }
    ];
  }
  {
    name = "mapAttrsRecursive and its condition";
    expr = [
      (lib.mapAttrsRecursive (path: value: lib.concatStringsSep "." path + toString value) tree)
      (lib.mapAttrsRecursiveCond (set: !(set ? stop)) (_: value: value.stop or value) {
        a.stop = 1;
        b = 2;
      })
    ];
    expected = [
      {
        a.b.c = "a.b.c1";
        a.d = "a.d2";
      }
      { a = 1; b = 2; }
    ];
  }
  {
    name = "mapAttrsToListRecursive";
    expr = lib.mapAttrsToListRecursive (path: value: [ (lib.last path) value ]) tree;
    expected = [
      [ "c" 1 ]
      [ "d" 2 ]
    ];
  }
  {
    name = "recursiveUpdate and recursiveUpdateUntil";
    expr = [
      (lib.recursiveUpdate tree { a.b = { x = 9; }; a.d.e = 3; })
      (lib.recursiveUpdateUntil (path: _: _: path == [ "a" ]) tree { a.z = 1; })
    ];
    expected = [
      {
        a.b = { c = 1; x = 9; };
        a.d.e = 3;
      }
      { a.z = 1; }
    ];
  }
  {
    name = "zipAttrsWith and mergeAttrsList";
    expr = [
      (lib.zipAttrsWith (name: values: [ name ] ++ values) [
        { a = 1; }
        { a = 2; b = 3; }
      ])
      (lib.mergeAttrsList [ { a = 1; } { b = 2; } { a = 3; } ])
    ];
    expected = [
      {
        a = [ "a" 1 2 ];
        b = [ "b" 3 ];
      }
      { a = 3; b = 2; }
    ];
  }
  {
    name = "matchAttrs";
    expr = [
      (lib.matchAttrs { cpu.bits = 64; } { cpu = { bits = 64; name = "x"; }; })
      (lib.matchAttrs { cpu.bits = 32; } { cpu.bits = 64; })
    ];
    expected = [
      true
      false
    ];
  }
  {
    name = "overrideExisting keeps to known names";
    expr = lib.overrideExisting { a = 1; } { a = 2; b = 3; };
    expected.a = 2;
  }
  {
    name = "outputs of a package";
    expr = [
      (lib.getBin { out = "o"; bin = "b"; })
      (lib.getDev { out = "o"; })
      (lib.getLib { outputSpecified = true; lib = "no"; }).lib
      (lib.getStatic { lib = "l"; out = "o"; })
    ];
    expected = [
      "b"
      "o"
      "no"
      "l"
    ];
  }
  {
    name = "isDerivation, showAttrPath, attrsToList";
    expr = [
      (lib.isDerivation derivation)
      (lib.isDerivation 5)
      (lib.showAttrPath [ "a" "b c" ])
      (lib.showAttrPath [ ])
      (lib.attrsToList { x = 1; })
    ];
    expected = [
      true
      false
      ''a."b c"''
      "<root attribute path>"
      [ { name = "x"; value = 1; } ]
    ];
  }
  {
    name = "unionOfDisjoint refuses a shared name";
    expr = (lib.attrsets.unionOfDisjoint { a = 1; } { a = 2; }).a;
    error = [ "unionOfDisjoint: collision on a" ];
  }
  {
    name = "getAttrFromPath names what is missing";
    expr = lib.getAttrFromPath [ "a" "x" ] tree;
    error = [ "cannot find attribute 'a.x'" ];
  }
]
