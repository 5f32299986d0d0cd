# Calling packages, changing them, and what they say of themselves.
{ lib }:
let
  callPackage = lib.callPackageWith {
    curl = "curl";
    openssl = "openssl";
  };
  package =
    { curl, withTls ? true }:
    {
      name = "x-${curl}-${lib.boolToString withTls}";
    };
  program = {
    type = "derivation";
    name = "tool-1.0";
    pname = "tool";
    outPath = "/store/tool";
  };
in
[
  {
    name = "callPackage fills in and can be overridden";
    expr = [
      (callPackage package { }).name
      ((callPackage package { }).override { withTls = false; }).name
      ((callPackage package { }).override (old: { curl = old.curl + "2"; })).name
      (((callPackage package { }).override { withTls = false; }).override { curl = "z"; }).name
    ];
    expected = [
      "x-curl-true"
      "x-curl-false"
      "x-curl2-true"
      "x-z-false"
    ];
  }
  {
    name = "callPackages";
    expr =
      let
        packages = lib.callPackagesWith { version = "1"; } (
          { version }:
          {
            a.name = "a-${version}";
          }
        ) { };
      in
      [
        packages.a.name
        (packages.a.override { version = "2"; }).name
      ];
    expected = [
      "a-1"
      "a-2"
    ];
  }
  {
    name = "scopes";
    expr =
      let
        scope = lib.makeScope (extra: lib.callPackageWith ({ outer = "o"; } // extra)) (self: {
          a = self.callPackage ({ outer }: { value = outer; }) { };
          b = self.callPackage ({ a }: { value = a.value + "!"; }) { };
        });
      in
      [
        scope.b.value
        (scope.overrideScope (_: _: { a.value = "changed"; })).b.value
      ];
    expected = [
      "o!"
      "changed!"
    ];
  }
  {
    name = "getExe";
    expr = [
      (lib.getExe (program // { meta.mainProgram = "t"; }))
      (lib.getExe' program "other")
      (lib.getExe (program // { meta.mainProgram = "t"; bin = "/store/bin"; }))
    ];
    expected = [
      "/store/tool/bin/t"
      "/store/tool/bin/other"
      "/store/bin/bin/t"
    ];
  }
  {
    name = "priorities and licences";
    expr = [
      (lib.hiPrio program).meta.priority
      (lib.lowPrio program).meta.priority
      lib.licenses.mit.spdxId
      lib.licenses.unfree.free
      (lib.getLicenseFromSpdxId "gpl-3.0-only").shortName
    ];
    expected = [
      (-10)
      10
      "MIT"
      false
      "gpl3Only"
    ];
  }
  {
    name = "lazyDerivation does not look into the derivation";
    expr =
      (lib.lazyDerivation {
        derivation = throw "was evaluated";
        meta.description = "d";
        passthru.extra = 1;
      }).extra;
    expected = 1;
  }
  {
    name = "extendMkDerivation";
    expr =
      let
        build = lib.extendMkDerivation {
          constructDrv = function: lib.fix (lib.toFunction function);
          excludeDrvArgNames = [ "secret" ];
          extendDrvArgs = final: { secret ? 0, version ? "1" }: {
            name = "x-${version}-${toString secret}";
            shown = final.name;
          };
        };
      in
      [
        (build { secret = 7; version = "2"; })
        (lib.functionArgs build)
      ];
    expected = [
      {
        name = "x-2-7";
        shown = "x-2-7";
        version = "2";
      }
      {
        secret = true;
        version = true;
      }
    ];
  }
  {
    name = "paths";
    expr = [
      (lib.path.append /a "b/./c" == /a/b/c)
      (lib.path.hasPrefix /a /a/b)
      (lib.path.removePrefix /a /a/b)
      (lib.path.subpath.join [ "a" "./b/" ])
      (lib.path.subpath.isValid "../a")
      (lib.path.splitRoot /a/b).subpath
    ];
    expected = [
      true
      true
      "./b"
      "./a/b"
      false
      "./a/b"
    ];
  }
  {
    name = "file sets";
    expr =
      let
        inherit (lib) fileset;
        names = set: map baseNameOf (fileset.toList set);
        nix = fileset.fileFilter (file: file.hasExt "nix") ./.;
      in
      [
        (builtins.elem "packages.nix" (names nix))
        (names (fileset.intersection nix ./packages.nix))
        (builtins.elem "packages.nix" (names (fileset.difference ./. ./packages.nix)))
        (names (fileset.unions [ ./packages.nix ./types.nix (fileset.maybeMissing ./none) ]))
      ];
    expected = [
      true
      [ "packages.nix" ]
      false
      [ "packages.nix" "types.nix" ]
    ];
  }
  {
    name = "a missing argument is named with its place";
    expr = (callPackage ({ crul }: { }) { });
    error = [
      "Function called without required argument \"crul\" at "
      "packages.nix:"
    ];
  }
  {
    name = "getExe' with a path";
    expr = lib.getExe' program "bin/x";
    error = [ "lib.meta.getExe': 'bin/x' is not the name of a program" ];
  }
  {
    name = "a path that leads out";
    expr = lib.path.append /a "../b";
    error = [ "contains a `..` component" ];
  }
  {
    name = "CPE's parts";
    expr = [
      (lib.meta.cpeFullVersionWithVendor "gnu" "1.2.3")
      (lib.meta.cpePatchVersionInUpdateWithVendor "gnu" "1.2.3")
      (lib.meta.tryCPEPatchVersionInUpdateWithVendor "gnu" "5.3p0").success
    ];
    expected = [
      {
        vendor = "gnu";
        version = "1.2.3";
        update = "*";
      }
      {
        vendor = "gnu";
        version = "1.2";
        update = "3";
      }
      false
    ];
  }
  {
    name = "a version without a patch level";
    expr = lib.meta.cpePatchVersionInUpdateWithVendor "gnu" "5.3p0";
    error = [ "version 5.3p0 doesn't match regex `([0-9]+\\.[0-9]+)\\.([0-9]+)`" ];
  }
]
