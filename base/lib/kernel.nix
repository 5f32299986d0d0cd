# Values of a Linux kernel configuration.
{ lib }:
let
  set = tristate: {
    inherit tristate;
    freeform = null;
    optional = false;
  };
in
{
  yes = set "y";
  no = set "n";
  module = set "m";
  unset = set null;
  freeform = text: set null // { freeform = text; };
  option = value: value // { optional = true; };
  whenHelpers = version: {
    whenAtLeast = wanted: lib.mkIf (lib.versionAtLeast version wanted);
    whenOlder = wanted: lib.mkIf (lib.versionOlder version wanted);
    whenBetween = from: before: lib.mkIf (lib.versionAtLeast version from && lib.versionOlder version before);
  };
}
