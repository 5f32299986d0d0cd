# Settings as files.
{ pkgs, lib, ... }:
let
  inherit (pkgs) formats;
  text = format: value: (format.generate "settings" value).drvAttrs.text;
in
[
  {
    name = "JSON";
    expr = text (formats.json { }) { a = [ 1 2.5 null true ]; b.c = "x\"y"; };
    expected = ''{"a":[1,2.5,null,true],"b":{"c":"x\"y"}}'';
  }
  {
    name = "YAML";
    expr = text (formats.yaml { }) {
      plain = 1;
      "two words" = "line\nbreak";
      on = true;
      empty = { };
      list = [
        1
        { x = 1; y = [ 2 ]; }
        [ 3 4 ]
        [ ]
        { }
      ];
      nested.deep.nothing = null;
      text = "yes";
    };
    expected = ''
      empty: {}
      list:
        - 1
        - x: 1
          "y":
            - 2
        - - 3
          - 4
        - []
        - {}
      nested:
        deep:
          nothing: null
      "on": true
      plain: 1
      text: "yes"
      "two words": "line\nbreak"
    '';
  }
  {
    name = "YAML of a value that is no set";
    expr = [
      (text (formats.yaml { }) [ 1 ])
      (text (formats.yaml { }) { })
    ];
    expected = [ "- 1\n" "{}\n" ];
  }
  {
    name = "TOML";
    expr = text (formats.toml { }) {
      title = "x";
      number = 1.5;
      list = [ 1 2 ];
      mixed = [ { a = 1; } 2 ];
      server.port = 80;
      server.tls.enable = true;
      only.tables.here = { };
      "quoted key".a = 1;
      job = [
        { name = "a"; }
        { name = "b"; at.hour = 1; }
      ];
    };
    expected = ''
      list = [1, 2]
      mixed = [{ a = 1 }, 2]
      number = 1.5
      title = "x"

      [only.tables.here]

      ["quoted key"]
      a = 1

      [server]
      port = 80

      [server.tls]
      enable = true

      [[job]]
      name = "a"

      [[job]]
      name = "b"

      [job.at]
      hour = 1
    '';
  }
  {
    name = "TOML is read back as it was";
    expr =
      let
        value = {
          a.b = [ 1 2 ];
          a.c."d e" = "x\ty\\z";
          list = [ { x = 1; } { x.y = [ ]; } ];
          flag = false;
        };
      in
      builtins.fromTOML (text (formats.toml { }) value) == value;
    expected = true;
  }
  {
    name = "TOML has no null";
    expr = text (formats.toml { }) { a.b = null; };
    error = [ "TOML has no null, at a.b" ];
  }
  {
    name = "INI";
    expr = [
      (text (formats.ini { }) { a.x = 1; b = { y = true; z = "w"; }; })
      (text (formats.ini { listsAsDuplicateKeys = true; }) { a.x = [ 1 2 ]; })
      (text (formats.ini { listToValue = lib.concatMapStringsSep "," toString; }) { a.x = [ 1 2 ]; })
      (text (formats.iniWithGlobalSection { }) { globalSection.g = 1; sections.a.x = 2; })
    ];
    expected = [
      "[a]\nx=1\n\n[b]\ny=true\nz=w\n"
      "[a]\nx=1\nx=2\n"
      "[a]\nx=1,2\n"
      "g=1\n\n[a]\nx=2\n"
    ];
  }
  {
    name = "keys and values";
    expr = text (formats.keyValue { }) { a = 1; b = false; };
    expected = "a=1\nb=false\n";
  }
  {
    name = "types take what the language has";
    expr =
      let
        merged =
          format: value:
          (lib.evalModules {
            modules = [
              { options.settings = lib.mkOption { inherit (format) type; }; }
              { settings = value; }
            ];
          }).config.settings;
      in
      [
        (merged (formats.json { }) { a.b = [ 1 null "x" ]; })
        (merged (formats.toml { }) { a.b = 1.5; })
        (merged (formats.ini { }) { a.b = true; })
        (merged (formats.ini { listsAsDuplicateKeys = true; }) { a.b = 1; })
      ];
    expected = [
      { a.b = [ 1 null "x" ]; }
      { a.b = 1.5; }
      { a.b = true; }
      { a.b = [ 1 ]; }
    ];
  }
  {
    name = "settings keep what they mention";
    expr = builtins.hasContext (text (formats.yaml { }) { run = "${pkgs.jq}/bin/jq"; list = [ pkgs.nginx ]; });
    expected = true;
  }
]
