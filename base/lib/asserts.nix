# Checks whose failure says why.
{ lib }:
let
  assertMsg = holds: message: holds || throw message;
  show = lib.generators.toPretty { };
in
{
  inherit assertMsg;
  assertOneOf =
    name: value: allowed:
    assertMsg (builtins.elem value allowed) "${name} must be one of ${show allowed}, but is: ${show value}";
  assertEachOneOf =
    name: values: allowed:
    assertMsg (lib.all (
      value: builtins.elem value allowed
    ) values) "each element in ${name} must be one of ${show allowed}, but is: ${show values}";
}
