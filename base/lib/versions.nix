# Parts of version strings.
{ lib }:
let
  splitVersion = builtins.splitVersion;
  part = index: version: builtins.elemAt (splitVersion version) index;
in
{
  inherit splitVersion;
  major = part 0;
  minor = part 1;
  patch = part 2;
  majorMinor = version: builtins.concatStringsSep "." (lib.take 2 (splitVersion version));
  # Cuts or fills with zeros to `count` parts: pad 3 "1.2-rc" is "1.2.0-rc".
  pad =
    count: version:
    let
      numbers = builtins.head (lib.splitString "-" version);
      parts = lib.take count (splitVersion numbers ++ lib.replicate count "0");
    in
    builtins.concatStringsSep "." parts + lib.removePrefix numbers version;
}
