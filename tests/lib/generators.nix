{ lib }:
let
  inherit (lib) generators;
in
[
  {
    name = "key and value";
    expr = generators.toKeyValue { } {
      a = 1;
      "b=c" = true;
      d = null;
    };
    expected = "a=1\nb\\=c=true\nd=null\n";
  }
  {
    name = "key and value, lists as several lines";
    expr = generators.toKeyValue {
      listsAsDuplicateKeys = true;
      indent = "  ";
    } { a = [ 1 2 ]; };
    expected = "  a=1\n  a=2\n";
  }
  {
    name = "INI";
    expr = generators.toINI { } {
      "s [1]" = {
        x = "y";
      };
      t.z = 1;
    };
    expected = "[s \\[1\\]]\nx=y\n\n[t]\nz=1\n";
  }
  {
    name = "INI with global section";
    expr = generators.toINIWithGlobalSection { } {
      globalSection.g = 1;
      sections.s.x = 2;
    };
    expected = "g=1\n\n[s]\nx=2\n";
  }
  {
    name = "git's INI";
    expr = generators.toGitINI {
      user.email = "a@b";
      remote."my.origin".url = "u";
      extra.list = [ 1 2 ];
    };
    expected = "[extra]\n\tlist = 1\n\tlist = 2\n\n[remote \"my.origin\"]\n\turl = \"u\"\n\n[user]\n\temail = \"a@b\"\n";
  }
  {
    name = "pretty, in several lines";
    expr = generators.toPretty { } {
      list = [ 1 null true ];
      empty = { };
      nothing = [ ];
      "odd name" = "a\nb";
      function = { a, b ? 1 }: a;
      quote = "\"\${x}";
    };
    expected = ''
      {
        empty = { };
        function = <function, args: {a, b?}>;
        list = [
          1
          null
          true
        ];
        nothing = [ ];
        "odd name" = '''
          a
          b''';
        quote = "\"\''${x}";
      }'';
  }
  {
    name = "pretty, in one line";
    expr = generators.toPretty { multiline = false; } { a = [ 1 "x\ny" ]; };
    expected = ''{ a = [ 1 "x\ny" ]; }'';
  }
  {
    name = "depth limit";
    expr = generators.withRecursion {
      depthLimit = 1;
      throwOnDepthLimit = false;
    } { a.b.c = 1; };
    expected.a.b = "<unevaluated>";
  }
  {
    name = "Lua";
    expr = [
      (generators.toLua { multiline = false; } {
        a = [ 1 "x" ];
        b = null;
        c = generators.mkLuaInline "f()";
      })
      (generators.toLua { asBindings = true; } { x.y = true; })
    ];
    expected = [
      ''{ ["a"] = { 1, "x" }, ["c"] = (f()) }''
      "x = {\n  [\"y\"] = true\n}\n"
    ];
  }
  {
    name = "Dhall";
    expr = generators.toDhall { } {
      a = 1;
      b = [ true ];
    };
    expected = "{ a = +1, b = [ True ] }";
  }
  {
    name = "property lists";
    expr = lib.hasInfix "<dict>\n\t<key>a</key>\n\t<integer>1</integer>\n</dict>" (
      generators.toPlist { } { a = 1; }
    );
    expected = true;
  }
  {
    name = "dconf";
    expr = generators.toDconfINI {
      "a/b" = {
        c = [ 1 2 ];
        d = "it's";
        e = lib.gvariant.mkTuple [ true 1.5 ];
      };
    };
    expected = "[a/b]\nc=@ai [1,2]\nd='it\\'s'\ne=@(bd) (true,1.500000)\n";
  }
  {
    name = "JSON and YAML";
    expr = [
      (generators.toJSON { } { a = 1; })
      (generators.toYAML { } [ 1 ])
    ];
    expected = [
      ''{"a":1}''
      "[1]"
    ];
  }
  {
    name = "a value that has no text";
    expr = generators.toINI { } { s.x = { }; };
    error = [ "generators.mkValueStringDefault: set not supported" ];
  }
  {
    name = "what lies at the limit of depth stays unevaluated";
    expr = [
      (lib.generators.toPretty { multiline = false; } (
        lib.generators.withRecursion {
          depthLimit = 1;
          throwOnDepthLimit = false;
        } { a = 1; b.c = throw "looked at"; }
      ))
      (lib.generators.toPretty { } 0.1337)
      (toString (lib.gvariant.mkUint32 4))
    ];
    expected = [ ''{ a = "<unevaluated>"; b = { c = "<unevaluated>"; }; }'' "0.1337" "@u 4" ];
  }
]
