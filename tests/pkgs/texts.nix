# Files and directories made without a sandbox.
{ pkgs, lib, ... }:
let
  env = drv: drv.drvAttrs;
  json = text: builtins.fromJSON (builtins.unsafeDiscardStringContext text);
in
[
  {
    name = "texts are written by the built-in builder";
    expr = map
      (drv: {
        inherit (drv) name;
        inherit (env drv) text executable destination builder;
      })
      [
        (pkgs.writeText "a" "x")
        (pkgs.writeTextDir "etc/deep/b.conf" "y")
        (pkgs.writeScript "c" "#!/bin/sh\n")
        (pkgs.writeScriptBin "d" "z")
      ];
    expected =
      map
        (values: values // { builder = "builtin:hardpan-write-v1"; })
        [
          { name = "a"; text = "x"; executable = ""; destination = ""; }
          { name = "b.conf"; text = "y"; executable = ""; destination = "/etc/deep/b.conf"; }
          { name = "c"; text = "#!/bin/sh\n"; executable = "1"; destination = ""; }
          { name = "d"; text = "z"; executable = "1"; destination = "/bin/d"; }
        ];
  }
  {
    name = "a shell script brings its shell along";
    expr =
      let
        script = pkgs.writeShellScriptBin "hello" "echo hi";
      in
      [
        (env script).text
        (pkgs.hardpan.mentioned (builtins.attrNames (builtins.getContext (env script).text)))
        (lib.getExe script == "${script}/bin/hello")
      ];
    expected = [
      "#!${pkgs.bash}/bin/bash\necho hi\n"
      [ "bash" ]
      true
    ];
  }
  {
    name = "an application has its inputs in its path";
    expr =
      (env (
        pkgs.writeShellApplication {
          name = "app";
          runtimeInputs = [ pkgs.jq ];
          runtimeEnv.GREETING = "good day";
          bashOptions = [ "errexit" ];
          text = "jq --version";
        }
      )).text;
    expected = ''
      #!${pkgs.bash}/bin/bash
      set -o errexit
      GREETING='good day'
      export GREETING
      export PATH="${pkgs.jq}/bin:$PATH"

      jq --version
    '';
  }
  {
    name = "an application without the path of others";
    expr =
      lib.hasInfix "PATH=\"${pkgs.jq}/bin\"\n"
        (env (
          pkgs.writeShellApplication {
            name = "app";
            runtimeInputs = [ pkgs.jq ];
            inheritPath = false;
            text = "";
          }
        )).text;
    expected = true;
  }
  {
    name = "a text with a check is built in a sandbox";
    expr =
      let
        checked = pkgs.writeTextFile {
          name = "checked";
          text = "x";
          checkPhase = "test -s $target";
        };
      in
      [
        (env checked).checkPhase
        (checked.drvAttrs ? __hardpanSysroot)
      ];
    expected = [ "test -s $target" true ];
  }
  {
    name = "joined directories";
    expr =
      let
        joined = pkgs.symlinkJoin {
          pname = "tools";
          version = "1";
          paths = [ pkgs.jq pkgs.nginx ];
          meta.mainProgram = "jq";
        };
      in
      [
        joined.name
        (env joined).builder
        (json (env joined).paths)
        (lib.getExe joined == "${joined}/bin/jq")
      ];
    expected = [
      "tools-1"
      "builtin:hardpan-links-v1"
      [ "${pkgs.jq}" "${pkgs.nginx}" ]
      true
    ];
  }
  {
    name = "joined directories that a command changes";
    expr =
      let
        joined = pkgs.symlinkJoin {
          name = "tools";
          paths = [ pkgs.jq ];
          nativeBuildInputs = [ pkgs.makeWrapper ];
          postBuild = "wrapProgram $out/bin/jq --set A b";
        };
      in
      [
        (joined.drvAttrs ? __hardpanSysroot)
        (lib.hasInfix "wrapProgram" (env joined).buildCommand)
      ];
    expected = [ true true ];
  }
  {
    name = "farms of links; the last of a name stays";
    expr = [
      (json (env (pkgs.linkFarm "farm" { a = pkgs.jq; })).links)
      (json
        (env (
          pkgs.linkFarm "farm" [
            { name = "a/b"; path = pkgs.jq; }
            { name = "a/b"; path = pkgs.nginx; }
          ]
        )).links
      )
      (builtins.attrNames (json (env (pkgs.linkFarmFromDrvs "farm" [ pkgs.emptyFile ])).links))
    ];
    expected = [
      { a = "${pkgs.jq}"; }
      { "a/b" = "${pkgs.nginx}"; }
      [ "empty-file" ]
    ];
  }
  {
    name = "placeholders in texts";
    expr = [
      (env (pkgs.replaceVars ./fixtures/greeting.txt { name = "world"; other = null; })).text
      (env (pkgs.substituteAll { src = ./fixtures/greeting.txt; name = 5; other = pkgs.jq; })).text
      (pkgs.replaceVars ./fixtures/greeting.txt { name = ""; other = ""; }).name
    ];
    expected = [
      "hello world and @other@\n"
      "hello 5 and ${pkgs.jq}\n"
      "greeting.txt"
    ];
  }
  {
    name = "a placeholder without a value";
    expr = (pkgs.replaceVars ./fixtures/greeting.txt { name = "x"; }).drvPath;
    error = [ "has @other@, for which no value is given" ];
  }
  {
    name = "a value without a placeholder";
    expr =
      (pkgs.replaceVars ./fixtures/greeting.txt {
        name = "x";
        other = "y";
        typo = 1;
      }).drvPath;
    error = [ "has no @typo@" ];
  }
]
