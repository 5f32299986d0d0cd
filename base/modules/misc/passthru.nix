# A place for values that configurations hand to other configurations.
{ lib, ... }:
{
  options.passthru = lib.mkOption {
    type = lib.types.attrsOf lib.types.raw;
    default = { };
    visible = false;
    description = "Values that other configurations can read; they do not change the machine.";
  };
}
