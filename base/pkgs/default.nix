# The package set: Debian's signed packages under nixpkgs' names, builders, and a few sources that Debian lacks.
#
# `debian` is the locked Debian input ({ outPath, lastModified, narHash }), `archives` are further ones of other
# publishers, whose packages stand beside Debian's; `host` is the evaluator's way to the
# compiled index and to the resolver.
{
  lib,
  debian,
  archives ? [ ],
  system ? "x86_64-linux",
  config ? { },
  overlays ? [ ],
  host ? builtins.hardpan,
}:
let
  callLayer =
    pkgs: file:
    import file {
      inherit
        lib
        pkgs
        debian
        archives
        system
        config
        host
        ;
    };

  # What this set writes itself stands above what is only a Debian package's name. The many names are merged once.
  own =
    pkgs:
    let
      layer = callLayer pkgs;
    in
    layer ./names
    // (
      layer ./base.nix
      // layer ./stdenv
      // layer ./build
      // layer ./own
    );

  makePackages =
    overlays:
    let
      self = builtins.foldl' (previous: overlay: previous // overlay self previous) (
        own self
        // {
          inherit overlays;
          extend = overlay: makePackages (overlays ++ [ overlay ]);
          appendOverlays = more: makePackages (overlays ++ more);
        }
      ) overlays;
    in
    self;
in
makePackages overlays
