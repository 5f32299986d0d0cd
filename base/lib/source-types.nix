# Where the bytes of a package come from, for `meta.sourceProvenance`.
{ lib }:
let
  defined = isSource: shortName: { inherit isSource shortName; };
in
{
  fromSource = defined true "fromSource";
  binaryNativeCode = defined false "binaryNativeCode";
  binaryBytecode = defined false "binaryBytecode";
  binaryFirmware = defined false "binaryFirmware";
}
