# The tests of base/pkgs, for any Nix evaluator, over a stand-in for Debian's index.
#
# `failures` must be the empty list. Each of `errors` must fail to evaluate (`expr`), with all `texts` in its message.
let
  lib = import ../../base/lib;
  packages = import ./packages.nix;
  pkgs = packages { };
  load =
    file:
    import file {
      inherit lib packages pkgs;
    };
  cases = builtins.concatMap load [
    ./set.nix
    ./faces.nix
    ./closures.nix
    ./names.nix
    ./texts.nix
    ./formats.nix
    ./fetchers.nix
    ./derivations.nix
  ];
  isError = case: case ? error;
in
{
  count = builtins.length cases;
  failures = builtins.concatMap (
    case:
    if isError case || case.expr == case.expected then
      [ ]
    else
      [
        {
          inherit (case) name expected;
          got = case.expr;
        }
      ]
  ) cases;
  errors = builtins.listToAttrs (
    map (case: {
      inherit (case) name;
      value = {
        inherit (case) expr;
        texts = case.error;
      };
    }) (builtins.filter isError cases)
  );
}
