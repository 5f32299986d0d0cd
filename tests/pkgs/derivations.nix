# Derivations that run in a sandbox on Debian's toolchain.
{ pkgs, lib, ... }:
let
  inherit (pkgs) stdenv stdenvNoCC runCommand;
  root = drv: drv.drvAttrs.__hardpanSysroot.sysrootPackages;
  has = drv: names: map (name: builtins.elem name (root drv)) names;
  package = stdenv.mkDerivation (final: {
    pname = "tool";
    version = "1.0";
    src = pkgs.emptyDirectory;
    nativeBuildInputs = [ pkgs.pkg-config ];
    buildInputs = [ pkgs.openssl ];
    passthru.tag = "v${final.version}";
    meta.mainProgram = "tool";
  });
in
[
  {
    name = "a command's root has its inputs and what its text names";
    expr =
      let
        command = runCommand "x" { nativeBuildInputs = [ pkgs.jq ]; } "${pkgs.nginx}/bin/nginx -t";
      in
      [
        (has command [ "bash" "coreutils" "jq" "nginx" "nginx-common" "gcc" ])
        command.drvAttrs.builder
        command.drvAttrs.passAsFile
        command.drvAttrs.buildCommand
      ];
    expected = [
      [ true true true true true false ]
      "/bin/bash"
      [ "buildCommand" ]
      "${pkgs.nginx}/bin/nginx -t"
    ];
  }
  {
    name = "two commands with the same inputs share a root";
    expr =
      (runCommand "a" { } "x").drvAttrs.__hardpanSysroot == (runCommand "b" { v = 1; } "y").drvAttrs.__hardpanSysroot;
    expected = true;
  }
  {
    name = "packages are compiled with Debian's compiler and headers";
    expr = [
      package.name
      (has package [ "gcc" "g++" "libc6-dev" "pkgconf" "libssl-dev" "openssl" ])
      (pkgs.hardpan.debianPackagesOf package.drvAttrs.buildInputs)
      (lib.getExe package == "${package}/bin/tool")
      package.tag
      package.pname
    ];
    expected = [
      "tool-1.0"
      [ true true true true true true ]
      [ "openssl" ]
      true
      "v1.0"
      "tool"
    ];
  }
  {
    name = "what only builds a package does not follow it into an image";
    expr =
      let
        mentioned = pkgs.hardpan.mentioned (
          builtins.attrNames (
            builtins.getContext (
              builtins.toJSON (
                removeAttrs package.drvAttrs [ "__hardpanSysroot" ]
              )
            )
          )
        );
      in
      mentioned;
    expected = [ "bash" "libstdc++6" "openssl" ];
  }
  {
    name = "overrideAttrs with the old attributes, and with the final ones";
    expr =
      let
        newer = package.overrideAttrs (old: { version = "2.0"; });
        both = newer.overrideAttrs (final: previous: {
          extra = "${previous.version}-${final.pname}";
          pname = "other";
        });
      in
      [
        newer.name
        newer.tag
        both.name
        both.drvAttrs.extra
        (package.overrideAttrs { version = "3.0"; }).tag
      ];
    expected = [
      "tool-2.0"
      "v2.0"
      "other-2.0"
      "2.0-other"
      "v3.0"
    ];
  }
  {
    name = "the environment, booleans, lists and checks";
    expr =
      let
        attributes =
          (stdenvNoCC.mkDerivation {
            name = "x";
            env.FLAVOUR = "plain";
            dontUnpack = true;
            doCheck = true;
            nativeCheckInputs = [ pkgs.jq ];
            configureFlags = [ "--a" "--b" ];
          }).drvAttrs;
      in
      [
        attributes.FLAVOUR
        attributes.dontUnpack
        attributes.doCheck
        attributes.configureFlags
        (builtins.elem "jq" attributes.__hardpanSysroot.sysrootPackages)
        (attributes ? env)
        (attributes ? meta)
      ];
    expected = [
      "plain"
      true
      "1"
      [ "--a" "--b" ]
      true
      false
      false
    ];
  }
  {
    name = "a builder of one's own";
    expr =
      (stdenvNoCC.mkDerivation {
        name = "x";
        builder = "/build.sh";
      }).drvAttrs.args;
    expected = [ "-e" "/build.sh" ];
  }
  {
    name = "a derivation without a name";
    expr = (stdenv.mkDerivation { version = "1"; }).drvPath;
    error = [ "mkDerivation needs a name" ];
  }
  {
    name = "a shell";
    expr =
      let
        shell = pkgs.mkShell {
          packages = [ pkgs.jq ];
          inputsFrom = [ package ];
          shellHook = "echo hi";
        };
      in
      [
        (has shell [ "jq" "pkgconf" "openssl" ])
        shell.shellHook
      ];
    expected = [
      [ true true true ]
      "echo hi"
    ];
  }
]
