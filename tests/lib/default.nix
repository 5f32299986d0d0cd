# The tests of base/lib, for any Nix evaluator.
#
# `failures` must be the empty list. Each of `errors` must fail to evaluate (`expr`), with all `texts` in its message.
let
  lib = import ../../base/lib;
  load = file: import file { inherit lib; };
  cases = builtins.concatMap load [
    ./attrsets.nix
    ./lists.nix
    ./strings.nix
    ./functions.nix
    ./generators.nix
    ./packages.nix
    ./modules.nix
    ./submodules.nix
    ./types.nix
    ./pam-rule.nix
    ./states.nix
    ./errors.nix
    ./errors-of-modules.nix
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
