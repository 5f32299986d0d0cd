# The package set: Debian's signed packages under nixpkgs' names, builders, and a few sources that Debian lacks.
#
# `debian` is the locked Debian input ({ outPath, lastModified, narHash }); `host` is the evaluator's way to the
# compiled index and to the resolver.
{
  lib,
  debian,
  system ? "x86_64-linux",
  config ? { },
  overlays ? [ ],
  host ? builtins.hardpan,
}:
let
  callLayer = file: final: _: import file {
    inherit
      lib
      debian
      system
      config
      host
      ;
    pkgs = final;
  };

  # Later layers win: what this set writes itself stands above what is only a Debian package's name.
  ownLayers = [
    (callLayer ./names)
    (callLayer ./base.nix)
    (callLayer ./stdenv)
    (callLayer ./build)
    (callLayer ./own)
  ];

  makePackages =
    layers:
    let
      self = builtins.foldl' (previous: layer: previous // layer self previous) { } layers // {
        extend = overlay: makePackages (layers ++ [ overlay ]);
        appendOverlays = more: makePackages (layers ++ more);
        overlays = lib.drop (builtins.length ownLayers) layers;
      };
    in
    self;
in
makePackages (ownLayers ++ overlays)
