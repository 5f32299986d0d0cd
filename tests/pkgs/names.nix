# nixpkgs' names.
{ pkgs, lib, ... }:
let
  table = name: ../../base/pkgs/names + "/${name}";
  sets = map (name: import (table name)) [ "renamed.nix" "libraries.nix" ] ++ [ (json "renamed.json") ];
  json = name: builtins.fromJSON (builtins.readFile (table name));
  lists = map json [ "same.json" "missing.json" ] ++ [ (import (table "underscored.nix")) ];
  all = builtins.concatMap builtins.attrNames (sets ++ [ (json "libraries.json") ]) ++ builtins.concatLists lists;
  twice = builtins.attrNames (lib.filterAttrs (_: names: builtins.length names > 1) (builtins.groupBy (name: name) all));
in
[
  {
    name = "no attribute stands in two tables";
    expr = twice;
    expected = [ ];
  }
  {
    name = "tables are sorted";
    expr = map (list: list == builtins.sort builtins.lessThan list) lists;
    expected = [ true true true ];
  }
  {
    name = "an entry has known fields only";
    expr = builtins.concatMap (
      set:
      builtins.concatMap (
        entry:
        lib.optionals (builtins.isAttrs entry) (
          lib.subtractLists [ "packages" "programs" "faceOnly" "mainProgram" "outputs" ] (builtins.attrNames entry)
        )
      ) (builtins.attrValues set)
    ) sets;
    expected = [ ];
  }
  {
    name = "a library names a development package and what a machine needs";
    expr = builtins.attrNames (lib.filterAttrs (_: names: builtins.length names < 2) (json "libraries.json"));
    expected = [ ];
  }
  {
    name = "unknown names are absent, so that `or` and `?` see it";
    expr = [
      (pkgs ? noSuchPackageAnywhere)
      (pkgs.noSuchPackageAnywhere or "absent")
      (pkgs.debian ? no-such)
      (pkgs.debian ? jq)
    ];
    expected = [
      false
      "absent"
      false
      true
    ];
  }
  {
    name = "a language together with its modules";
    expr = [
      (pkgs.python3.withPackages (modules: [ modules.requests ])).debianPackages
      pkgs.python3.debianPackages
      pkgs.python3Packages.requests.version
      (lib.hasSuffix "/bin/python3" (lib.getExe pkgs.python3))
    ];
    expected = [
      [ "python3" "python3-minimal" "python3-requests" ]
      [ "python3" "python3-minimal" ]
      "2.32.3"
      true
    ];
  }
  {
    name = "kernels";
    expr = [
      pkgs.linuxPackages.kernel.debianName
      (pkgs ? linuxPackages_cloud)
    ];
    expected = [ "linux-image-amd64" true ];
  }
  {
    name = "a kernel that is not there is not another one in silence";
    expr = map (set: (builtins.tryEval set.kernel.debianName).value) [
      pkgs.linuxPackages
      pkgs.linuxPackages_6_12
      pkgs.linuxPackages_6_18
      pkgs.linuxPackages_latest
    ];
    expected = [ "linux-image-amd64" "linux-image-amd64" false false ];
  }
  {
    name = "a machine of another architecture than the index is refused";
    expr = (builtins.tryEval (import ./packages.nix { system = "aarch64-linux"; }).hardpan.index).success;
    expected = false;
  }
  {
    name = "a package that the index lacks";
    expr = (pkgs.hardpan.record "openssh").version;
    error = [
      "the Debian package 'openssh' is not in the pinned index"
      "nearest: openssh-client, openssh-server"
    ];
  }
  {
    name = "a package of another component";
    expr = pkgs.zfs.version;
    error = [
      "'zfsutils-linux' is not in the pinned index"
      "component 'contrib'"
      "debian:trixie?components=main,contrib"
    ];
  }
  {
    name = "a package that Debian has not";
    expr = pkgs.nix-output-monitor;
    error = [ "pkgs.nix-output-monitor: Debian has no such package" ];
  }
  {
    name = "a package whose publisher has an archive";
    expr = pkgs.grafana;
    error = [ "pkgs.grafana: Debian has no such package; its publisher has a signed Debian archive" ];
  }
  {
    name = "a package that another one replaces";
    expr = pkgs.neofetch;
    error = [ "pkgs.neofetch: Debian has no such package; use pkgs.fastfetch instead" ];
  }
]
