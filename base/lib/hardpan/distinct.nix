# A set of pairs that users name by something else than an attribute.
{ lib }:
{
  # The pairs as a set. A name may come twice only with one and the same value; otherwise `explain name` says whose
  # definitions they are and what to do.
  distinct =
    explain: pairs:
    let
      joined = builtins.listToAttrs pairs;
      differ = all: builtins.any (pair: pair.value != (builtins.head all).value) all;
      differing = lib.filterAttrs (_: differ) (builtins.groupBy (pair: pair.name) pairs);
    in
    if builtins.length (builtins.attrNames joined) == builtins.length pairs || differing == { } then
      joined
    else
      throw (explain (builtins.head (builtins.attrNames differing)));

  # Names that several of `things` have, with the things.
  sharing = nameOf: things: lib.filterAttrs (_: all: builtins.length all > 1) (builtins.groupBy nameOf things);
}
