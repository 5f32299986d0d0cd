{ lib }:
let
  inherit (lib) strings;
in
[
  {
    name = "joining";
    expr = [
      (lib.concatMapStringsSep "-" lib.toUpper [ "a" "b" ])
      (lib.concatImapStringsSep "," (index: value: "${toString index}${value}") [ "x" "y" ])
      (lib.concatLines [ "a" "b" ])
      (lib.concatMapAttrsStringSep "," (name: value: "${name}=${value}") { a = "1"; b = "2"; })
      (strings.intersperse "/" [ "a" "b" "c" ])
      (strings.replicate 3 "v")
    ];
    expected = [
      "A-B"
      "1x,2y"
      "a\nb\n"
      "a=1,b=2"
      [ "a" "/" "b" "/" "c" ]
      "vvv"
    ];
  }
  {
    name = "splitting";
    expr = [
      (lib.splitString "." "a.b..c")
      (lib.splitString "/" "/usr/")
      (strings.splitStringBy (_: current: current == ".") false "a.b.c")
      (strings.splitStringBy (previous: current: previous == "a" && current == "B") true "aBaB")
      (strings.splitStringBy (_: current: current == "/") false "")
    ];
    expected = [
      [ "a" "b" "" "c" ]
      [ "" "usr" "" ]
      [ "a" "b" "c" ]
      [ "a" "Ba" "B" ]
      [ "" ]
    ];
  }
  {
    name = "prefixes, suffixes, infixes";
    expr = [
      (lib.hasPrefix "foo" "foobar")
      (lib.hasSuffix "bar" "foobar")
      (lib.hasSuffix "longer" "er")
      (lib.hasInfix "oba" "foobar")
      (lib.hasInfix "" "x")
      (lib.removePrefix "foo." "foo.bar")
      (lib.removeSuffix "x" "foo")
    ];
    expected = [
      true
      true
      false
      true
      true
      "bar"
      "foo"
    ];
  }
  {
    name = "trimming";
    expr = [
      (lib.trim "  a b\n\t")
      (lib.trim "   ")
      (strings.trimWith { end = true; } " a ")
      (strings.trimWith { start = true; } " a ")
    ];
    expected = [
      "a b"
      ""
      " a"
      "a "
    ];
  }
  {
    name = "letter case";
    expr = [
      (lib.toLower "HOME")
      (lib.toSentenceCase "HELLO")
      (strings.toCamelCase "hello-world")
      (strings.toCamelCase "Hello_big World")
      (strings.toCamelCase "fooBar")
    ];
    expected = [
      "home"
      "Hello"
      "helloWorld"
      "helloBigWorld"
      "fooBar"
    ];
  }
  {
    name = "quoting for the shell";
    expr = [
      (lib.escapeShellArg "so([<>])me")
      (lib.escapeShellArg "it's")
      (lib.escapeShellArg "plain-1.0")
      (lib.escapeShellArgs [ "one" "two three" ])
      (lib.escapeShellArg "")
      (strings.toShellVars {
        a = "x y";
        b = [ "1" "2 3" ];
        c = { k = "v"; };
      })
    ];
    expected = [
      "'so([<>])me'"
      "'it'\\''s'"
      "plain-1.0"
      "one 'two three'"
      "''"
      "a='x y'\ndeclare -a b=(1 '2 3')\ndeclare -A c=([k]=v)"
    ];
  }
  {
    name = "quoting for other languages";
    expr = [
      (lib.escapeNixIdentifier "0abc")
      (lib.escapeNixIdentifier "a-b'")
      (lib.escapeNixString "a\${b}\"")
      (lib.escapeRegex "[^a-z]*")
      (lib.escapeXML "\"a\" <b>&'c'")
      (strings.escapeURL "a b/ü~"
        == "a%20b%2Fü~")
      (strings.escapeC [ " " ] "a b")
      (lib.escape [ "(" ] "(x)")
    ];
    expected = [
      ''"0abc"''
      "a-b'"
      ''"a\''${b}\""''
      "\\[\\^a-z]\\*"
      "&quot;a&quot; &lt;b&gt;&amp;&apos;c&apos;"
      true
      "a\\x20b"
      "\\(x)"
    ];
  }
  {
    name = "numbers in text";
    expr = [
      (lib.toInt " 123 ")
      (lib.toInt "-5")
      (lib.toIntBase10 "0024")
      (lib.fixedWidthNumber 5 15)
      (lib.fixedWidthString 4 "x" "ab")
      (strings.charToInt "A")
      (lib.toHexString 250)
      (lib.fromHexString "0xFf")
      (lib.toBaseDigits 2 6)
    ];
    expected = [
      123
      (-5)
      24
      "00015"
      "xxab"
      65
      "FA"
      255
      [ 1 1 0 ]
    ];
  }
  {
    name = "versions";
    expr = [
      (lib.versionOlder "1.1" "1.2")
      (lib.versionAtLeast "1.1" "1.1")
      (lib.versions.major "1.2.3")
      (lib.versions.majorMinor "1.2.3")
      (lib.versions.pad 3 "1.2-rc")
      (lib.versions.pad 2 "1.2.3")
      (lib.getName "hello-2.10")
      (lib.getVersion { version = "3"; })
      (lib.nameFromURL "https://x.org/hello-1.0.tar.gz" "-")
    ];
    expected = [
      true
      true
      "1"
      "1.2"
      "1.2.0-rc"
      "1.2"
      "hello"
      "3"
      "hello"
    ];
  }
  {
    name = "search paths";
    expr = [
      (lib.makeBinPath [ "/a" null "/b" ])
      (lib.makeLibraryPath [ { outPath = "/o"; lib = "/l"; } ])
      (strings.normalizePath "/a//b///c/")
    ];
    expected = [
      "/a/bin:/b/bin"
      "/l/lib"
      "/a/b/c/"
    ];
  }
  {
    name = "names for store paths";
    expr = map lib.sanitizeDerivationName [
      "plain-1.0"
      "..a"
      "a b/c"
      ""
    ];
    expected = [
      "plain-1.0"
      "a"
      "a-b-c"
      "unknown"
    ];
  }
  {
    name = "build flags";
    expr = [
      (lib.enableFeature true "x")
      (lib.enableFeatureAs true "x" "y")
      (lib.withFeature false "x")
      (lib.withFeatureAs false "x" "y")
      (lib.mesonBool "a" true)
      (lib.mesonEnable "a" false)
      (lib.cmakeBool "A" true)
      (lib.cmakeFeature "A" "b")
    ];
    expected = [
      "--enable-x"
      "--enable-x=y"
      "--without-x"
      "--without-x"
      "-Da=true"
      "-Da=disabled"
      "-DA:BOOL=TRUE"
      "-DA:STRING=b"
    ];
  }
  {
    name = "distances";
    expr = [
      (strings.levenshtein "kitten" "sitting")
      (strings.levenshtein "" "abc")
      (strings.levenshteinAtMost 1 "abc" "abd")
      (strings.levenshteinAtMost 1 "abc" "xyz")
      (strings.commonPrefixLength "abcd" "abxy")
      (strings.commonSuffixLength "xab" "yab")
    ];
    expected = [
      3
      3
      true
      false
      2
      2
    ];
  }
  {
    name = "the context of a string goes on to its parts";
    expr =
      let
        file = builtins.toFile "a" "b";
      in
      map builtins.hasContext (lib.splitString "." "${file}.x" ++ [ (lib.trim " ${file} ") ]);
    expected = [
      true
      true
      true
    ];
  }
  {
    name = "toInt of something else";
    expr = lib.toInt "12a";
    error = [ "toInt: Could not convert \"12a\" to int." ];
  }
  {
    name = "toInt of what could be octal";
    expr = lib.toInt "0024";
    error = [ "toInt: Ambiguity in interpretation of \"0024\"" ];
  }
  {
    name = "fixedWidthString of a longer text";
    expr = lib.fixedWidthString 2 "0" "abc";
    error = [ "requested string length (2) must not be shorter than actual length (3)" ];
  }
]
