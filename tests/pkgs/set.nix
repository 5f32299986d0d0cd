# The fixed point: overlays, configuration, calling files.
{ packages, pkgs, lib }:
let
  withTool = final: previous: {
    tool = final.writeText "tool" previous.nginx.version;
    answer = 42;
  };
in
[
  {
    name = "overlays see the final and the previous set";
    expr =
      let
        set = packages {
          overlays = [
            withTool
            (final: previous: {
              answer = previous.answer + 1;
              twice = final.answer * 2;
            })
          ];
        };
      in
      [
        set.answer
        set.twice
        set.tool.text
      ];
    expected = [
      43
      86
      "1.26.3"
    ];
  }
  {
    name = "extend and appendOverlays come after what is there";
    expr = [
      (pkgs.extend withTool).answer
      ((pkgs.extend withTool).extend (_: previous: { answer = previous.answer + 1; })).answer
      (pkgs.appendOverlays [ withTool ]).answer
      (builtins.length (pkgs.extend withTool).overlays)
    ];
    expected = [
      42
      43
      42
      1
    ];
  }
  {
    name = "an overlay replaces a package for those that use it";
    expr =
      let
        set = packages {
          overlays = [ (_: previous: { bash = previous.dash; }) ];
        };
      in
      lib.hasInfix "dash" set.runtimeShell;
    expected = true;
  }
  {
    name = "callPackage fills in packages";
    expr =
      let
        package = pkgs.callPackage ({ jq, lib, flavour ? "plain" }: { name = "${jq.pname}-${flavour}"; }) { };
      in
      [
        package.name
        (package.override { flavour = "rich"; }).name
      ];
    expected = [
      "jq-plain"
      "jq-rich"
    ];
  }
  {
    name = "the set says what it is for";
    expr = [
      pkgs.system
      pkgs.stdenv.hostPlatform.system
      pkgs.stdenv.isLinux
      pkgs.hostPlatform.isx86_64
      pkgs.config.allowUnfree
      (packages { config.allowUnfree = true; }).config.allowUnfree
      pkgs.hardpan.epoch
    ];
    expected = [
      "x86_64-linux"
      "x86_64-linux"
      true
      true
      false
      true
      1757664000
    ];
  }
]
