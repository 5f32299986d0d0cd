# trivial, fixed points, texts in order, command lines.
{ lib }:
let
  counter = lib.makeExtensible (final: {
    one = 1;
    two = final.one + 1;
  });
in
[
  {
    name = "small functions";
    expr = [
      (lib.pipe 2 [ (x: x + 2) (x: x * 2) ])
      (lib.flip (a: b: [ a b ]) 1 2)
      (lib.const 1 2)
      (lib.mapNullable (x: x + 1) null)
      (lib.mod 11 10)
      (lib.xor true true)
      (lib.boolToString false)
      (lib.compare 2 1)
      (lib.trivial.bitNot 5)
      (lib.min 1 2)
    ];
    expected = [
      8
      [ 2 1 ]
      1
      null
      1
      false
      "false"
      1
      (-6)
      1
    ];
  }
  {
    name = "functions that are sets";
    expr = [
      (lib.isFunction { __functor = _: x: x; })
      (lib.functionArgs (lib.setFunctionArgs (x: x) { a = true; }))
      (lib.toFunction 1 2)
      (lib.functionArgs (lib.mirrorFunctionArgs ({ a, b ? 1 }: a) (x: x)))
    ];
    expected = [
      true
      { a = true; }
      1
      { a = false; b = true; }
    ];
  }
  {
    name = "fixed points";
    expr = [
      (lib.fix (self: { a = 1; b = self.a + 1; }))
      (lib.converge (x: x / 2) 16)
      (counter.extend (_: previous: { one = previous.one + 9; })).two
      (lib.fix (lib.extends (_: previous: { a = previous.a + 1; }) (self: { a = 1; b = self.a; })))
    ];
    expected = [
      { a = 1; b = 2; }
      0
      11
      { a = 2; b = 2; }
    ];
  }
  {
    name = "composed overlays see those before them";
    expr = lib.fix (
      lib.extends (lib.composeManyExtensions [
        (_: previous: { a = previous.a + 1; })
        (_: previous: { a = previous.a * 10; })
        (final: _: { c = final.a; })
      ]) (_: { a = 1; })
    );
    expected = {
      a = 20;
      c = 20;
    };
  }
  {
    name = "lib.extend reaches functions inside of the library";
    expr = (lib.extend (_: _: { toUpper = _: "changed"; })).toUpper "abc";
    expected = "changed";
  }
  {
    name = "toExtension takes sets and functions of one or two arguments";
    expr = map (extension: (lib.fixedPoints.toExtension extension) { f = 1; } { p = 2; }) [
      { a = 0; }
      (previous: { a = previous.p; })
      (final: previous: { a = final.f + previous.p; })
    ];
    expected = [
      { a = 0; }
      { a = 2; }
      { a = 3; }
    ];
  }
  {
    name = "texts in the order of what they need";
    expr = lib.textClosureMap lib.id {
      a = lib.fullDepEntry "A" [ "b" "c" ];
      b = lib.noDepEntry "B";
      c = lib.stringAfter [ "b" ] "C";
    } [ "a" ];
    expected = "B\nC\nA";
  }
  {
    name = "command lines";
    expr = [
      (lib.toGNUCommandLineShell { } {
        data = "a b";
        X = "PUT";
        retry = 3;
        retry-delay = null;
        url = [ "https://a" "https://b" ];
        silent = false;
        verbose = true;
      })
      (lib.toGNUCommandLine { optionValueSeparator = "="; } { a-b = 1; })
    ];
    expected = [
      "-X PUT --data 'a b' --retry 3 --url https://a --url https://b --verbose"
      [ "--a-b=1" ]
    ];
  }
  {
    name = "tables of tests";
    expr = lib.runTests {
      testGood = {
        expr = 1;
        expected = 1;
      };
      testBad = {
        expr = 1;
        expected = 2;
      };
    };
    expected = [
      {
        name = "testBad";
        expected = 2;
        result = 1;
      }
    ];
  }
  {
    name = "addresses";
    expr = [
      (lib.network.ipv6.fromString "2001:DB8::1/64").addressCidr
      (lib.network.ipv6.fromString "::").address
      (lib.network.ipv6.fromString "1:0:0:2:0:0:0:3").address
    ];
    expected = [
      "2001:db8::1/64"
      "::"
      "1:0:0:2::3"
    ];
  }
  {
    name = "platforms";
    expr =
      let
        platform = lib.systems.elaborate "aarch64-linux";
      in
      [
        platform.config
        platform.isAarch64
        platform.isx86_64
        platform.linuxArch
        "${toString platform}"
        (lib.meta.availableOn platform { meta.platforms = lib.platforms.linux; })
        (lib.meta.availableOn platform { meta.platforms = [ "x86_64-linux" ]; })
      ];
    expected = [
      "aarch64-unknown-linux-gnu"
      true
      false
      "arm64"
      "aarch64-linux"
      true
      false
    ];
  }
  {
    name = "assertMsg";
    expr = lib.assertMsg false "because";
    error = [ "because" ];
  }
  {
    name = "assertOneOf";
    expr = lib.assertOneOf "mode" "x" [ "a" ];
    error = [ "mode must be one of" ];
  }
  {
    name = "generations of processors";
    expr = [
      lib.systems.architectures.inferiors.haswell
      lib.systems.architectures.features.x86-64-v4
      (lib.systems.architectures.predicates.avx2Support "znver3")
      (lib.systems.architectures.predicates.avx2Support "x86-64")
      (lib.systems.architectures.canExecute "skylake" "x86-64-v3")
    ];
    expected = [
      [ "ivybridge" "x86-64-v3" "sandybridge" "westmere" "nehalem" "x86-64-v2" "x86-64" ]
      [ "sse3" "ssse3" "sse4_1" "sse4_2" "avx" "avx2" "avx512" "fma" ]
      true
      false
      true
    ];
  }
  {
    name = "families of machines";
    expr =
      let
        elaborate = lib.systems.elaborate;
      in
      [
        (elaborate "x86_64-linux").linux-kernel.target
        (elaborate "aarch64-linux").gcc.arch
        (elaborate {
          system = "x86_64-linux";
          gcc.arch = "haswell";
        }).avx2Support
        (lib.systems.platforms.select (elaborate "armv7l-linux")).linux-kernel.name
        (lib.systems.parse.tripleFromSystem (elaborate "armv7l-linux").parsed)
        (builtins.elem "x86_64-openbsd" lib.platforms.openbsd)
        (builtins.elem "x86_64-windows" lib.platforms.unix)
        (lib.meta.platformMatch (elaborate "x86_64-linux") lib.systems.inspect.patterns.isMusl)
        (lib.meta.platformMatch (elaborate "x86_64-linux") lib.systems.inspect.patterns.isx86_64)
      ];
    expected = [
      "bzImage"
      "armv8-a"
      true
      "armv7l-hf-multiplatform"
      "armv7l-unknown-linux-gnueabihf"
      true
      false
      false
      true
    ];
  }
  {
    name = "revisions and addresses";
    expr = [
      (lib.sources.shortRev "6d6d1b2f4a5c3e7d8f9a0b1c2d3e4f5a6b7c8d9e")
      (lib.sources.shortRev "refs/tags/v1.2.3")
      (lib.sources.shortRev "main")
      (lib.sources.urlToName "git@example.org:group/tool.git")
      (lib.sources.urlToName "https://example.org/tool/")
    ];
    expected = [ "6d6d1b2" "1.2.3" "main" "tool" "tool" ];
  }
  {
    name = "a path that is a text";
    expr = lib.path.splitRoot "/a/b";
    error = [ "lib.path.splitRoot: an argument is of type string, but a path was expected" ];
  }
  {
    name = "functions of old";
    expr = [
      (lib.cartesianProductOfSets { a = [ 1 2 ]; })
      (lib.zipWithNames [ "a" ] (_: values: values) [ { a = 1; } { a = 2; } ])
      (lib.uniqList { inputList = [ 1 2 1 ]; })
      (lib.maybeAttr "a" 1 { })
    ];
    expected = [
      [ { a = 1; } { a = 2; } ]
      { a = [ 1 2 ]; }
      [ 1 2 ]
      1
    ];
  }
]
